package keywright.interop;

import static keywright.interop.Bench.expect;

import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.ciba.*;
import com.nimbusds.oauth2.sdk.device.*;
import com.nimbusds.oauth2.sdk.id.ClientID;

/** The person is not in front of the application: another device, or a page of their own (CIBA). */
final class NimbusElsewhere {
  private final Nimbus nimbus;
  private final Bench bench;

  NimbusElsewhere(Nimbus nimbus) {
    this.nimbus = nimbus;
    this.bench = nimbus.bench;
  }

  void run() {
    bench.flow("signs in on another device", this::device);
    bench.flow("waits for somebody who is elsewhere", this::backchannel);
  }

  private void device() throws Exception {
    var screen = new ClientID("screen");
    var address = nimbus.server.getDeviceAuthorizationEndpointURI();
    var asked =
        new DeviceAuthorizationRequest.Builder(screen).endpointURI(address).scope(Nimbus.SCOPE).build();
    var response = asked.toHTTPRequest().send();
    var answer = DeviceAuthorizationResponse.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    var device = answer.toSuccessResponse();
    var grant = new DeviceCodeGrant(device.getDeviceCode());
    var token = nimbus.server.getTokenEndpointURI();
    var poll = new TokenRequest.Builder(token, screen, grant).build();
    expect(DeviceAuthorizationGrantError.AUTHORIZATION_PENDING.equals(Nimbus.refusal(poll)), "pending");
    bench.ask("device", device.getVerificationURIComplete());
    expect(Nimbus.tokens(poll).getRefreshToken() != null, "tokens");
  }

  private void backchannel() throws Exception {
    var desk = nimbus.basic("desk");
    var asked =
        new CIBARequest.Builder(desk, Scope.parse("openid email rooms:read"))
            .endpointURI(nimbus.server.getBackChannelAuthenticationEndpointURI())
            .loginHint("ada@example.com")
            .bindingMessage("Room 7-Kappa")
            .build();
    var response = asked.toHTTPRequest().send();
    var answer = CIBAResponse.parse(response);
    expect(answer.indicatesSuccess(), response.getBody());
    var grant = new CIBAGrant(answer.toRequestAcknowledgement().getAuthRequestID());
    var poll = new TokenRequest.Builder(nimbus.server.getTokenEndpointURI(), desk, grant).build();
    expect("authorization_pending".equals(Nimbus.refusal(poll).getCode()), "pending");
    bench.ask("request", "Room 7-Kappa");
    expect(Nimbus.tokens(poll).getIDToken() != null, "tokens");
    var unknown = new CIBARequest.Builder(asked).loginHint("nobody@example.com").build().toHTTPRequest().send();
    expect(
        CIBAError.UNKNOWN_USER_ID.equals(CIBAErrorResponse.parse(unknown).getErrorObject()), unknown.getBody());
  }
}
