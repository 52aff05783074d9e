package interop

import (
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func TestGoOIDCVerifiesIDTokenAndAccessTokenHash(t *testing.T) {
	provider := find(t)
	for _, id := range []string{"web", "web-signed"} {
		token := signIn(t, configOf(provider, id), oidc.Nonce("a nonce"))
		raw, _ := token.Extra("id_token").(string)
		idToken := must(provider.Verifier(&oidc.Config{ClientID: id}).Verify(soon(t), raw))(t)
		equal(t, "nonce", idToken.Nonce, "a nonce")
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Email    string `json:"email"`
			Verified bool   `json:"email_verified"`
		}
		person := must(provider.UserInfo(soon(t), oauth2.StaticTokenSource(token)))(t)
		equal(t, "subject", person.Subject, idToken.Subject)
		if err := person.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		equal(t, "email", claims.Email, told.Email)
		equal(t, "verified", claims.Verified && person.EmailVerified, true)
	}
}

func TestGoOIDCRefusesAnotherAudience(t *testing.T) {
	provider := find(t)
	token := signIn(t, configOf(provider, "web"))
	raw, _ := token.Extra("id_token").(string)
	_, err := provider.Verifier(&oidc.Config{ClientID: "web-post"}).Verify(soon(t), raw)
	if err == nil {
		t.Fatal("it took an ID token for somebody else")
	}
}
