package interop

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/auth/extauth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// serveTool is the SDK's example of a protected server, which believes our tokens.
func serveTool(t *testing.T) {
	t.Helper()
	address := must(url.Parse(told.MCP.Tool))(t)
	issuer := told.MCP.Issuer
	keys := must(keyfunc.NewDefaultCtx(soon(t), []string{issuer + "/jwks"}))(t)
	verify := func(_ context.Context, raw string, _ *http.Request) (*auth.TokenInfo, error) {
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(raw, claims, keys.Keyfunc, jwt.WithIssuer(issuer), jwt.WithAudience(told.MCP.Tool),
			jwt.WithValidMethods([]string{"ES256"}))
		if err != nil {
			return nil, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
		}
		end, err := claims.GetExpirationTime()
		if err != nil {
			return nil, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
		}
		subject, _ := claims.GetSubject()
		return &auth.TokenInfo{Scopes: strings.Fields(claims["scope"].(string)), Expiration: end.Time, UserID: subject}, nil
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "notes"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "read", Description: "Reads a note"},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "a note"}}}, nil, nil
		})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	metadataAddress := fmt.Sprintf("http://%s/.well-known/oauth-protected-resource/mcp", address.Host)
	guard := auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{
		ResourceMetadataURL: metadataAddress,
		Scopes:              []string{told.MCP.Scope},
	})
	mux := http.NewServeMux()
	mux.Handle("/mcp", guard(handler))
	mux.Handle("/.well-known/oauth-protected-resource/mcp", auth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
		Resource:             told.MCP.Tool,
		AuthorizationServers: []string{issuer},
		ScopesSupported:      []string{told.MCP.Scope},
	}))
	site := httptest.NewUnstartedServer(mux)
	site.Listener.Close()
	site.Listener = must(net.Listen("tcp", address.Host))(t)
	site.Start()
	t.Cleanup(site.Close)
}

func callTool(t *testing.T, handler auth.OAuthHandler) {
	t.Helper()
	transport := &mcp.StreamableClientTransport{Endpoint: told.MCP.Tool, OAuthHandler: handler}
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1.0.0"}, nil)
	session := must(client.Connect(soon(t), transport, nil))(t)
	defer session.Close()
	result := must(session.CallTool(soon(t), &mcp.CallToolParams{Name: "read"}))(t)
	equal(t, "text", result.Content[0].(*mcp.TextContent).Text, "a note")
}

func TestMCPAgentRegistersItselfAndCallsATool(t *testing.T) {
	serveTool(t)
	fetch := func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
		back := newBrowser(t).authorize(args.URL).Query()
		return &auth.AuthorizationResult{Code: back.Get("code"), State: back.Get("state"), Iss: back.Get("iss")}, nil
	}
	handler := must(auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		RedirectURL:              callback(),
		AuthorizationCodeFetcher: fetch,
		RequestRefreshToken:      true,
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{
			Metadata: &oauthex.ClientRegistrationMetadata{
				ClientName:   "Agent in Go",
				RedirectURIs: []string{callback()},
				GrantTypes:   []string{"authorization_code", "refresh_token"},
			},
		},
	}))(t)
	callTool(t, handler)
	source := must(handler.TokenSource(soon(t)))(t)
	token := must(source.Token())(t)
	if token.RefreshToken == "" {
		t.Fatal("no refresh token, though it asked for one")
	}
}

func TestMCPServiceCallsATool(t *testing.T) {
	serveTool(t)
	secret := &oauthex.ClientSecretAuth{ClientSecret: told.Secrets["mcp-robot"]}
	handler := must(extauth.NewClientCredentialsHandler(&extauth.ClientCredentialsHandlerConfig{
		Credentials: &oauthex.ClientCredentials{ClientID: "mcp-robot", ClientSecretAuth: secret},
	}))(t)
	callTool(t, handler)
}
