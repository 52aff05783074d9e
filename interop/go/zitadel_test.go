package interop

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/client/tokenexchange"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

type tokens = oidc.Tokens[*oidc.IDTokenClaims]

func signerKey() []byte { return []byte(told.Keys["signer"]) }

func party(t *testing.T, id string, scopes []string, options ...rp.Option) rp.RelyingParty {
	t.Helper()
	secret := told.Secrets[id]
	return must(rp.NewRelyingPartyOIDC(soon(t), told.Issuer, id, secret, callback(), scopes, options...))(t)
}

var personal = []string{"openid", "profile", "email", "offline_access", "rooms:read"}

// connect serves the two handlers of the example, and goes through them with a browser.
func connect(t *testing.T, party rp.RelyingParty) (*tokens, *browser) {
	t.Helper()
	var got *tokens
	var who *oidc.UserInfo
	answer := func(w http.ResponseWriter, _ *http.Request, found *tokens, _ string, _ rp.RelyingParty, info *oidc.UserInfo) {
		got, who = found, info
	}
	mux := http.NewServeMux()
	mux.Handle("/login", rp.AuthURLHandler(func() string { return "a state" }, party))
	mux.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(answer), party))
	serve(t, mux)
	person := newBrowser(t)
	seen := person.visit(told.Site + "/login")
	if got == nil {
		t.Fatalf("%s (%d): %s", seen.address, seen.status, seen.text)
	}
	equal(t, "email", who.Email, told.Email)
	return got, person
}

// serve is the site of the application, where its redirect URI leads.
func serve(t *testing.T, handler http.Handler) {
	t.Helper()
	address := must(url.Parse(told.Site))(t)
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = must(net.Listen("tcp", address.Host))(t)
	server.Start()
	t.Cleanup(server.Close)
}

func cookies() *httphelper.CookieHandler {
	key := []byte("0123456789abcdef")
	return httphelper.NewCookieHandler(key, key, httphelper.WithUnsecure())
}

func TestZitadelCodePKCERefreshAndRevocation(t *testing.T) {
	relying := party(t, "web", personal, rp.WithPKCE(cookies()), rp.WithSigningAlgsFromDiscovery())
	first, _ := connect(t, relying)
	second := must(rp.RefreshTokens[*oidc.IDTokenClaims](soon(t), relying, first.RefreshToken, "", ""))(t)
	equal(t, "subject", second.IDTokenClaims.Subject, first.IDTokenClaims.Subject)
	if err := rp.RevokeToken(soon(t), relying, second.RefreshToken, "refresh_token"); err != nil {
		t.Fatal(err)
	}
	if _, err := rp.RefreshTokens[*oidc.IDTokenClaims](soon(t), relying, second.RefreshToken, "", ""); err == nil {
		t.Fatal("a revoked refresh token was taken")
	}
}

func TestZitadelPrivateKeyJWT(t *testing.T) {
	key := rp.WithJWTProfile(rp.SignerFromKeyAndKeyID(signerKey(), "signer-1"))
	relying := party(t, "web-key", personal, rp.WithPKCE(cookies()), key)
	first, _ := connect(t, relying)
	must(rp.RefreshTokens[*oidc.IDTokenClaims](soon(t), relying, first.RefreshToken, "", ""))(t)
}

// It posts for the person, who follows to the address that comes back.
func TestZitadelEndSession(t *testing.T) {
	relying := party(t, "web", personal, rp.WithPKCE(cookies()))
	found, person := connect(t, relying)
	away := must(rp.EndSession(soon(t), relying, found.IDToken, told.Site+"/", "a state", "", nil))(t)
	seen := person.visit(away.String())
	equal(t, "address", seen.address.String(), told.Site+"/?state=a+state")
	if _, ok := findForm(person.open(told.Issuer+"/account").text, "signin"); !ok {
		t.Fatal("the person is still signed in")
	}
}

func TestZitadelDevice(t *testing.T) {
	relying := party(t, "screen", personal)
	asked := must(rp.DeviceAuthorization(soon(t), personal, relying, nil))(t)
	newBrowser(t).visit(asked.VerificationURIComplete)
	got := must(rp.DeviceAccessToken(soon(t), asked.DeviceCode, time.Duration(asked.Interval)*time.Second, relying))(t)
	equal(t, "type", got.TokenType, "Bearer")
}

func TestZitadelClientCredentials(t *testing.T) {
	relying := party(t, "robot", []string{"rooms:read"})
	token := must(rp.ClientCredentials(soon(t), relying, url.Values{"resource": {told.API}}))(t)
	equal(t, "type", token.TokenType, "Bearer")
}

func TestZitadelIntrospection(t *testing.T) {
	token := signIn(t, configOf(find(t), "web")).AccessToken
	bySecret := must(rs.NewResourceServerClientCredentials(soon(t), told.Issuer, "rooms-api", told.Secrets["rooms-api"]))(t)
	byKey := must(rs.NewResourceServerJWTProfile(soon(t), told.Issuer, "robot-key", "signer-1", signerKey()))(t)
	for _, server := range []rs.ResourceServer{bySecret, byKey} {
		said := must(rs.Introspect[*oidc.IntrospectionResponse](soon(t), server, token))(t)
		equal(t, "active", said.Active, true)
		if !strings.Contains(strings.Join(said.Scope, " "), "rooms:read") {
			t.Fatalf("scope %v", said.Scope)
		}
	}
}

func TestZitadelTokenExchange(t *testing.T) {
	token := signIn(t, configOf(find(t), "web")).AccessToken
	exchanger := must(tokenexchange.NewTokenExchangerClientCredentials(soon(t), told.Issuer, "gateway", told.Secrets["gateway"]))(t)
	got := must(tokenexchange.ExchangeToken(soon(t), exchanger, token, oidc.AccessTokenType, "", "",
		[]string{told.API}, nil, []string{"rooms:read"}, oidc.AccessTokenType))(t)
	equal(t, "type", string(got.IssuedTokenType), string(oidc.AccessTokenType))
}
