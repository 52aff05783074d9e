package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	capjwt "github.com/hashicorp/cap/jwt"
	cap "github.com/hashicorp/cap/oidc"
)

func keySetAddress(t *testing.T) string {
	var metadata struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := find(t).Claims(&metadata); err != nil {
		t.Fatal(err)
	}
	return metadata.JWKS
}

func TestGolangJWTVerifiesAccessTokens(t *testing.T) {
	token := signIn(t, configOf(find(t), "web")).AccessToken
	keys := must(keyfunc.NewDefaultCtx(soon(t), []string{keySetAddress(t)}))(t)
	checks := []jwt.ParserOption{
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(told.Issuer),
		jwt.WithAudience(told.API),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
	}
	parsed := must(jwt.Parse(token, keys.Keyfunc, checks...))(t)
	equal(t, "valid", parsed.Valid, true)
	equal(t, "typ", parsed.Header["typ"].(string), "at+jwt")
}

func TestGoJOSEVerifiesAccessTokens(t *testing.T) {
	raw := signIn(t, configOf(find(t), "web")).AccessToken
	response := must(http.Get(keySetAddress(t)))(t)
	defer response.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(must(io.ReadAll(response.Body))(t), &set); err != nil {
		t.Fatal(err)
	}
	parsed := must(josejwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256}))(t)
	var claims josejwt.Claims
	if err := parsed.Claims(set, &claims); err != nil {
		t.Fatal(err)
	}
	expected := josejwt.Expected{Issuer: told.Issuer, AnyAudience: josejwt.Audience{told.API}, Time: time.Now()}
	if err := claims.Validate(expected); err != nil {
		t.Fatal(err)
	}
}

// What Vault does at its method `jwt`, by discovery and with the addresses of key sets.
func TestHashiCorpCapVerifiesTokensAsVaultDoes(t *testing.T) {
	token := signIn(t, configOf(find(t), "web"))
	idToken, _ := token.Extra("id_token").(string)
	found := must(capjwt.NewOIDCDiscoveryKeySet(soon(t), told.Issuer, ""))(t)
	named := must(capjwt.NewJSONWebKeySet(soon(t), keySetAddress(t), ""))(t)
	for _, keys := range []capjwt.KeySet{found, named} {
		validator := must(capjwt.NewValidator(keys))(t)
		for audience, raw := range map[string]string{told.API: token.AccessToken, "web": idToken} {
			expected := capjwt.Expected{
				Issuer:            told.Issuer,
				Audiences:         []string{audience},
				SigningAlgorithms: []capjwt.Alg{capjwt.RS256, capjwt.ES256},
			}
			must(validator.Validate(soon(t), raw, expected))(t)
		}
	}
}

// What Vault, Boundary and Nomad do at their method `oidc`.
func TestHashiCorpCapSignsIn(t *testing.T) {
	config := must(cap.NewConfig(told.Issuer, "web", cap.ClientSecret(told.Secrets["web"]),
		[]cap.Alg{cap.RS256, cap.ES256}, []string{callback()}))(t)
	provider := must(cap.NewProvider(config))(t)
	defer provider.Done()
	verifier := must(cap.NewCodeVerifier())(t)
	request := must(cap.NewRequest(2*time.Minute, callback(), cap.WithScopes("profile", "email"), cap.WithPKCE(verifier)))(t)
	back := newBrowser(t).authorize(must(provider.AuthURL(soon(t), request))(t)).Query()
	token := must(provider.Exchange(soon(t), request, back.Get("state"), back.Get("code")))(t)
	claims := map[string]any{}
	if err := token.IDToken().Claims(&claims); err != nil {
		t.Fatal(err)
	}
	said := map[string]any{}
	if err := provider.UserInfo(soon(t), token.StaticTokenSource(), claims["sub"].(string), &said); err != nil {
		t.Fatal(err)
	}
	equal(t, "email", said["email"].(string), told.Email)
}
