// Package interop drives a running Keywright by Go libraries that nobody here wrote. interop/go.test.ts starts the server and says, in the
// file that KEYWRIGHT_INTEROP names, what an operator would hand to the developers of these applications.
package interop

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"
)

type facts struct {
	Issuer   string            `json:"issuer"`
	Site     string            `json:"site"`
	API      string            `json:"api"`
	Partner  string            `json:"partner"`
	Email    string            `json:"email"`
	Password string            `json:"password"`
	Secrets  map[string]string `json:"secrets"`
	Keys     map[string]string `json:"keys"`
	MCP      struct {
		Issuer string `json:"issuer"`
		Tool   string `json:"tool"`
		Scope  string `json:"scope"`
	} `json:"mcp"`
}

var told facts

func TestMain(m *testing.M) {
	text, err := os.ReadFile(os.Getenv("KEYWRIGHT_INTEROP"))
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func callback() string { return told.Site + "/callback" }

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func equal[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s: %v, and not %v", what, got, wanted)
	}
}
