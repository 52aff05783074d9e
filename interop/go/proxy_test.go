package interop

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// startProxy is oauth2-proxy as its documentation of the OIDC provider has it, in front of a site that shows who it was told.
func startProxy(t *testing.T, more ...string) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		access := r.Header.Get("X-Forwarded-Access-Token")
		fmt.Fprintf(w, "<p id=seen>%s|%s</p>", r.Header.Get("X-Forwarded-Email"), access)
	}))
	t.Cleanup(upstream.Close)
	address := must(url.Parse(told.Site))(t)
	arguments := append([]string{
		"--http-address=" + address.Host,
		"--provider=oidc",
		"--oidc-issuer-url=" + told.Issuer,
		"--client-id=proxy",
		"--client-secret=" + told.Secrets["proxy"],
		"--redirect-url=" + told.Site + "/oauth2/callback",
		"--code-challenge-method=S256",
		"--insecure-oidc-skip-nonce=false",
		"--cookie-secret=" + base64.URLEncoding.EncodeToString([]byte("01234567890123456789012345678901")),
		"--cookie-secure=false",
		"--email-domain=*",
		"--upstream=" + upstream.URL,
		"--pass-access-token",
		"--skip-provider-button",
	}, more...)
	built := must(exec.Command("go", "tool", "-n", "github.com/oauth2-proxy/oauth2-proxy/v7").Output())(t)
	command := exec.Command(strings.TrimSpace(string(built)), arguments...)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for range 300 {
		if connection, err := net.Dial("tcp", address.Host); err == nil {
			connection.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("oauth2-proxy does not listen")
}

// shown is what the site behind was told: whose address, and which access token.
func shown(t *testing.T, seen page) (string, string) {
	t.Helper()
	email, access, found := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(seen.text, "<p id=seen>"), "</p>"), "|")
	if !found || seen.status != http.StatusOK {
		t.Fatalf("%s (%d): %s", seen.address, seen.status, seen.text)
	}
	return email, access
}

func TestOAuth2ProxySignsInRefreshesAndSignsOut(t *testing.T) {
	startProxy(t, "--scope=openid email profile offline_access", "--cookie-refresh=1s",
		"--whitelist-domain="+must(url.Parse(told.Issuer))(t).Host)
	person := newBrowser(t)
	email, first := shown(t, person.visit(told.Site+"/page"))
	equal(t, "email", email, told.Email)
	time.Sleep(2500 * time.Millisecond)
	if _, second := shown(t, person.visit(told.Site+"/page")); second == first {
		t.Fatal("the access token was not refreshed")
	}
	// The way out of its documentation: its own session first, then that of the issuer.
	end := told.Issuer + "/end-session?" + url.Values{"client_id": {"proxy"}, "post_logout_redirect_uri": {told.Site + "/"}}.Encode()
	seen := person.visit(told.Site + "/oauth2/sign_out?" + url.Values{"rd": {end}}.Encode())
	if _, ok := findForm(seen.text, "logout"); !ok {
		t.Fatalf("%s (%d): %s", seen.address, seen.status, seen.text)
	}
}

func TestOAuth2ProxyTakesAccessTokens(t *testing.T) {
	startProxy(t, "--skip-jwt-bearer-tokens", "--bearer-token-login-fallback=false", "--extra-jwt-issuers="+told.Issuer+"="+told.API)
	token := signIn(t, configOf(find(t), "web")).AccessToken
	changed := token[:len(token)-8] + "AAAAAAAA"
	for raw, wanted := range map[string]int{token: http.StatusOK, changed: http.StatusForbidden} {
		request := must(http.NewRequest(http.MethodGet, told.Site+"/page", nil))(t)
		request.Header.Set("Authorization", "Bearer "+raw)
		response := must(http.DefaultTransport.RoundTrip(request))(t)
		response.Body.Close()
		equal(t, "status", response.StatusCode, wanted)
	}
}
