package interop

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	oauth2jwt "golang.org/x/oauth2/jwt"
)

// find is how the README of go-oidc begins: the issuer is all that is known.
func find(t *testing.T) *oidc.Provider {
	return must(oidc.NewProvider(soon(t), told.Issuer))(t)
}

func configOf(provider *oidc.Provider, id string) oauth2.Config {
	return oauth2.Config{
		ClientID:     id,
		ClientSecret: told.Secrets[id],
		Endpoint:     provider.Endpoint(),
		RedirectURL:  callback(),
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "rooms:read"},
	}
}

// signIn is the flow of the package's example, with PKCE.
func signIn(t *testing.T, config oauth2.Config, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	asked := config.AuthCodeURL("a state", append(options, oauth2.S256ChallengeOption(verifier))...)
	back := newBrowser(t).authorize(asked).Query()
	equal(t, "state", back.Get("state"), "a state")
	return must(config.Exchange(soon(t), back.Get("code"), oauth2.VerifierOption(verifier)))(t)
}

func TestOAuth2CodeAndPKCE(t *testing.T) {
	token := signIn(t, configOf(find(t), "web"))
	equal(t, "type", token.Type(), "Bearer")
	if token.RefreshToken == "" || token.Expiry.IsZero() {
		t.Fatalf("no refresh token or no end: %+v", token)
	}
}

func TestOAuth2FindsTheWayToAuthenticateByTrying(t *testing.T) {
	for _, id := range []string{"web", "web-post"} {
		config := configOf(find(t), id)
		config.Endpoint.AuthStyle = oauth2.AuthStyleAutoDetect
		signIn(t, config)
	}
}

func TestOAuth2RefreshesByItself(t *testing.T) {
	config := configOf(find(t), "web")
	first := signIn(t, config)
	ended := *first
	ended.Expiry = time.Now().Add(-time.Minute)
	source := config.TokenSource(soon(t), &ended)
	second := must(source.Token())(t)
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
		t.Fatal("nothing new came of it")
	}
	response := must(oauth2.NewClient(soon(t), source).Get(told.Issuer + "/userinfo"))(t)
	response.Body.Close()
	equal(t, "status of userinfo", response.StatusCode, http.StatusOK)
}

// kubectl and its plug-ins, which are made of this package, know a person by the ID token alone, and refuse a refresh without one.
func TestOAuth2RefreshBringsAnIDTokenToKubectl(t *testing.T) {
	provider := find(t)
	config := configOf(provider, "web")
	first := signIn(t, config)
	second := must(config.TokenSource(soon(t), &oauth2.Token{RefreshToken: first.RefreshToken}).Token())(t)
	raw, _ := second.Extra("id_token").(string)
	must(provider.Verifier(&oidc.Config{ClientID: "web"}).Verify(soon(t), raw))(t)
}

func TestOAuth2ClientCredentials(t *testing.T) {
	for _, id := range []string{"robot", "robot-post"} {
		config := clientcredentials.Config{
			ClientID:       id,
			ClientSecret:   told.Secrets[id],
			TokenURL:       find(t).Endpoint().TokenURL,
			Scopes:         []string{"rooms:read"},
			EndpointParams: url.Values{"resource": {told.API}},
		}
		token := must(config.Token(soon(t)))(t)
		equal(t, "scope", token.Extra("scope").(string), "rooms:read")
	}
}

func TestOAuth2Password(t *testing.T) {
	config := configOf(find(t), "house")
	token := must(config.PasswordCredentialsToken(soon(t), told.Email, told.Password))(t)
	equal(t, "type", token.Type(), "Bearer")
	_, err := config.PasswordCredentialsToken(soon(t), told.Email, "another one")
	equal(t, "error", codeOf(err), "invalid_grant")
}

func codeOf(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return ""
}

func TestOAuth2Device(t *testing.T) {
	config := configOf(find(t), "screen")
	asked := must(config.DeviceAuth(soon(t)))(t)
	ctx, done := soon(t), make(chan error, 1)
	go func() {
		_, err := config.DeviceAccessToken(ctx, asked)
		done <- err
	}()
	newBrowser(t).visit(asked.VerificationURIComplete)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestOAuth2SaysWhatWasRefused(t *testing.T) {
	config := configOf(find(t), "web")
	_, err := config.Exchange(soon(t), "not a code", oauth2.VerifierOption(oauth2.GenerateVerifier()))
	equal(t, "error", codeOf(err), "invalid_grant")
	t.Log(err)
	config.ClientSecret = "not the secret"
	_, err = config.Exchange(soon(t), "not a code")
	equal(t, "error", codeOf(err), "invalid_client")
	t.Log(err)
}

// basic authenticates a client where a library does not.
type basic struct{ id string }

func (b basic) RoundTrip(request *http.Request) (*http.Response, error) {
	known := request.Clone(request.Context())
	known.SetBasicAuth(b.id, told.Secrets[b.id])
	return http.DefaultTransport.RoundTrip(known)
}

// The package was made for Google, where whoever signs is the client: it authenticates none, and here one
// must be. Its Scopes are a claim of the assertion, which is no parameter of RFC 7521 and narrows nothing.
func TestOAuth2JWTAssertion(t *testing.T) {
	config := oauth2jwt.Config{
		Email:        told.Partner,
		Subject:      told.Email,
		Audience:     told.Issuer,
		PrivateKey:   []byte(told.Keys["partner"]),
		PrivateKeyID: "partner-1",
		TokenURL:     find(t).Endpoint().TokenURL,
	}
	if _, err := config.TokenSource(soon(t)).Token(); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Fatal(err)
	}
	ctx := context.WithValue(soon(t), oauth2.HTTPClient, &http.Client{Transport: basic{"sync"}})
	token := must(config.TokenSource(ctx).Token())(t)
	equal(t, "scope", token.Extra("scope").(string), "rooms:read rooms:write")
}
