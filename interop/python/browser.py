"""Ada with a browser that has no scripts: it keeps cookies, follows redirects as long as they stay at the issuer, and fills in the two
pages that a sign-in may need, by the ids of their controls. Needs nothing but `requests`."""
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Forms(HTMLParser):
    """The forms of a page: where each goes, and its controls as a browser sees them."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "controls": []})
        elif tag in ("input", "button") and self.forms:
            self.forms[-1]["controls"].append({"type": "submit" if tag == "button" else "text", **attributes})

    def find(self, control):
        for form in self.forms:
            if any(one.get("id") == control for one in form["controls"]):
                return form
        return None


def text_of(html):
    """What a person reads there."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main>")[2]).split())


class Browser:
    def __init__(self, issuer, email, password):
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(issuer))
        self.filling = {"email": email, "password": password}
        self.session = requests.Session()
        self.session.headers["Accept"] = "text/html"

    def authorize(self, address, answer="allow"):
        """Signs in and agrees, whichever is asked. Returns the address that the issuer sends the person to."""
        at = self.visit(address)
        for button in ("signin", answer):
            if not isinstance(at, str) and Forms(at.text).find(button):
                at = self.press(at, button)
        if not isinstance(at, str):
            raise AssertionError(f"stuck at {urlsplit(at.url).path}, {at.status_code}: {text_of(at.text)}")
        return at

    def visit(self, address):
        return self._follow(self.session.get(address, allow_redirects=False))

    def press(self, page, button):
        """Presses the button with this id. Returns the next page, or the address outside that it leads to."""
        form = Forms(page.text).find(button)
        action = urljoin(page.url, form["action"])
        if not action.startswith(self.origin + "/"):  # a form that brings the answer (response_mode=form_post)
            return action, self._sent(form, button)
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return self._follow(self.session.post(action, self._sent(form, button), headers=headers, allow_redirects=False))

    def _sent(self, form, button):
        sent = []
        for control in form["controls"]:
            if not control.get("name") or (control["type"] == "submit" and control.get("id") != button):
                continue
            if control["type"] == "checkbox" and "checked" not in control:
                continue
            value = self.filling.get(control.get("id"), control.get("value") or "")
            sent.append((control["name"], value or ("on" if control["type"] == "checkbox" else "")))
        return sent

    def _follow(self, page):
        while "Location" in page.headers:
            address = urljoin(page.url, page.headers["Location"])
            if not address.startswith(self.origin + "/"):
                return address
            page = self.session.get(address, allow_redirects=False)
        return page
