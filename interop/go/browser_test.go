package interop

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is a person without scripts: it keeps cookies, follows redirects, signs in and agrees by the ids of the controls.
type browser struct {
	t      *testing.T
	client *http.Client
}

type page struct {
	address *url.URL
	status  int
	text    string
}

func newBrowser(t *testing.T) *browser {
	jar := must(cookiejar.New(nil))(t)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t, &http.Client{Jar: jar, CheckRedirect: stay}}
}

// authorize goes to the address and through sign-in and consent, and gives back where the server sends the person then.
func (b *browser) authorize(address string) *url.URL {
	b.t.Helper()
	left, last := b.walk(address, callback())
	if left == nil {
		b.t.Fatalf("stuck at %s (%d): %s", last.address, last.status, last.text)
	}
	return left
}

// visit does the same, and goes on to the page at the end.
func (b *browser) visit(address string) page {
	b.t.Helper()
	_, last := b.walk(address, "")
	return last
}

// open looks, and presses nothing.
func (b *browser) open(address string) page {
	b.t.Helper()
	following := http.Client{Jar: b.client.Jar}
	response := must(following.Get(address))(b.t)
	defer response.Body.Close()
	return page{response.Request.URL, response.StatusCode, string(must(io.ReadAll(response.Body))(b.t))}
}

func (b *browser) walk(address, until string) (*url.URL, page) {
	b.t.Helper()
	request := must(http.NewRequest(http.MethodGet, address, nil))(b.t)
	for range 20 {
		request.Header.Set("Accept", "text/html")
		response := must(b.client.Do(request))(b.t)
		text := must(io.ReadAll(response.Body))(b.t)
		response.Body.Close()
		seen := page{request.URL, response.StatusCode, string(text)}
		if next, err := response.Location(); err == nil {
			if until != "" && strings.HasPrefix(next.String(), until) {
				return next, seen
			}
			request = must(http.NewRequest(http.MethodGet, next.String(), nil))(b.t)
			continue
		}
		if request = b.answer(seen); request == nil {
			return nil, seen
		}
	}
	b.t.Fatalf("no end from %s", address)
	return nil, page{}
}

// answer fills in what it knows: nil where there is nothing to press.
func (b *browser) answer(seen page) *http.Request {
	for _, button := range []string{"signin", "continue", "allow", "go-on"} {
		if form, ok := findForm(seen.text, button); ok {
			return b.press(seen, form, button)
		}
	}
	return nil
}

func (b *browser) press(seen page, form form, button string) *http.Request {
	body := url.Values{}
	typed := map[string]string{"email": told.Email, "password": told.Password}
	for _, control := range form.controls {
		if value, ok := typed[control["id"]]; ok {
			control["value"] = value
		}
		_, checked := control["checked"]
		isSent := control["type"] != "submit" || control["id"] == button
		if control["name"] != "" && isSent && (control["type"] != "checkbox" || checked) {
			body.Add(control["name"], control["value"])
		}
	}
	action := must(seen.address.Parse(form.action))(b.t)
	request := must(http.NewRequest(http.MethodPost, action.String(), strings.NewReader(body.Encode())))(b.t)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", fmt.Sprintf("%s://%s", seen.address.Scheme, seen.address.Host))
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return request
}

type form struct {
	action   string
	controls []map[string]string
}

func findForm(text, button string) (form, bool) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return form{}, false
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" {
			continue
		}
		found := form{action: attributes(node)["action"]}
		for control := range node.Descendants() {
			if control.Type == html.ElementNode && (control.Data == "input" || control.Data == "button") {
				found.controls = append(found.controls, attributes(control))
			}
		}
		if slices.ContainsFunc(found.controls, func(one map[string]string) bool { return one["id"] == button }) {
			return found, true
		}
	}
	return form{}, false
}

func attributes(node *html.Node) map[string]string {
	found := map[string]string{}
	if node.Data == "button" {
		found["type"] = "submit"
	}
	for _, attribute := range node.Attr {
		found[attribute.Key] = attribute.Val
	}
	return found
}
