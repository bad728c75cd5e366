package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

type personKey struct{}

// admitted is who sent a request.
type admitted struct {
	person Person
	// signed says that a cookie let them in, cookie is its value.
	signed bool
	cookie string
}

func personOf(r *http.Request) (Person, bool) {
	a, _ := r.Context().Value(personKey{}).(admitted)
	return a.person, a.signed
}

// anybody is who sends requests where nobody signs in.
func anybody() Person { return Person{Name: "somebody at this machine", Roles: Roles()} }

func (c *Console) cookieName() string {
	if c.options.Secure {
		return "__Host-concord"
	}
	return "concord"
}

// admit finds out who sends a request and sends those who are nobody to sign in. What changes something must come from a
// form of this console too.
func (c *Console) admit(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var a admitted
	ok := false
	if !c.asksWho() {
		a, ok = admitted{person: anybody()}, true
	} else if token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); bearer {
		if !c.entering.allow("bearer " + client(r)) {
			if a.person, ok = c.options.Access.find(token); !ok {
				w.Header().Set("Retry-After", "10")
				http.Error(w, "Too many attempts: wait a while.", http.StatusTooManyRequests)
				return
			}
		} else {
			a.person, ok = c.options.Access.find(token)
		}
	} else if cookie, err := r.Cookie(c.cookieName()); err == nil {
		a.person, ok = c.sessions.find(cookie.Value)
		a.signed, a.cookie = ok, cookie.Value
	}
	r = r.WithContext(context.WithValue(r.Context(), personKey{}, a))
	if !ok && !slices.Contains(openPaths(), r.URL.Path) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			c.problem(w, r, http.StatusUnauthorized, "Sign in first", "Nothing was done.")
			return
		}
		http.Redirect(w, r, "/enter?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := r.ParseForm(); err != nil {
			c.problem(w, r, http.StatusBadRequest, "The form cannot be read", "It is too large, or no form. Nothing was done.")
			return
		}
		if !hmac.Equal([]byte(r.PostForm.Get("form")), []byte(c.formToken(r))) {
			c.problem(w, r, http.StatusForbidden, "The form is out of date", "It was not made by this console, or you have signed in anew since. Go back, reload the page and send it again. Nothing was done.")
			return
		}
	}
	next.ServeHTTP(w, r)
}

// formToken is what every form must send back: other sites cannot know it.
func (c *Console) formToken(r *http.Request) string {
	a, _ := r.Context().Value(personKey{}).(admitted)
	mac := hmac.New(sha256.New, c.formKey)
	mac.Write([]byte(a.cookie))
	return hex.EncodeToString(mac.Sum(nil))
}

// openPaths are those that somebody needs to sign in.
func openPaths() []string {
	return []string{"/enter", "/enter/provider", BackPath, "/enter/done", "/style.css", "/script.js"}
}

// asksWho reports whether people sign in.
func (c *Console) asksWho() bool { return c.options.Access != nil || c.options.Provider != nil }

type enterView struct {
	To, Problem string
	// Token says that a token lets somebody in. Provider names the OpenID provider that does; "" where none does.
	Token    bool
	Provider string
	// Left says that somebody has just signed out, Away is where they sign out of the provider too.
	Left bool
	Away string
}

func (c *Console) enterView(to, problem string) enterView {
	v := enterView{To: to, Problem: problem, Token: c.options.Access != nil || c.options.Provider == nil}
	if p := c.options.Provider; p != nil {
		v.Provider, v.Away = p.Name(), p.endSession()
	}
	return v
}

func (c *Console) enterPage(w http.ResponseWriter, r *http.Request) {
	v := c.enterView(inside(r.URL.Query().Get("to")), "")
	v.Left = r.URL.Query().Has("left")
	c.render(w, r, http.StatusOK, "enter", "Sign in", v)
}

// enter signs somebody in with a token.
func (c *Console) enter(w http.ResponseWriter, r *http.Request) {
	to := inside(r.PostForm.Get("to"))
	if !c.asksWho() {
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // inside let no other site through
		return
	}
	if !c.entering.allow(client(r)) {
		w.Header().Set("Retry-After", "10")
		c.render(w, r, http.StatusTooManyRequests, "enter", "Sign in", c.enterView(to, "There were too many attempts from here. Wait a minute."))
		return
	}
	person, ok := c.options.Access.find(strings.TrimSpace(r.PostForm.Get("token")))
	if !ok {
		if err := c.did(r, "refused", "", ""); err != nil {
			c.problem(w, r, http.StatusInternalServerError, "This could not be written down", err.Error())
			return
		}
		c.render(w, r, http.StatusForbidden, "enter", "Sign in", c.enterView(to, "Nobody is let in with this token. Ask whoever runs this console for one."))
		return
	}
	if c.signIn(w, r, person, sessionLife) {
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // inside let no other site through
	}
}

// signIn begins the session of somebody, for so long, once it is written down. It reports whether it did; otherwise a page says why not.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request, person Person, life time.Duration) bool {
	r = r.WithContext(context.WithValue(r.Context(), personKey{}, admitted{person: person}))
	if err := c.did(r, "enter", "", ""); err != nil {
		c.problem(w, r, http.StatusInternalServerError, "This could not be written down", err.Error())
		return false
	}
	if cookie, err := r.Cookie(c.cookieName()); err == nil {
		c.sessions.end(cookie.Value) // whoever this browser was before is so no longer
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: c.cookieName(), Value: c.sessions.begin(person, life), Path: "/", HttpOnly: true, Secure: c.options.Secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(life.Seconds()),
	})
	return true
}

func (c *Console) leave(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(c.cookieName()); err == nil {
		c.sessions.end(cookie.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: c.cookieName(), Path: "/", HttpOnly: true, Secure: c.options.Secure, SameSite: http.SameSiteStrictMode, MaxAge: -1}) //nolint:gosec // Secure wherever there is TLS
	http.Redirect(w, r, "/enter?left=1", http.StatusSeeOther)
}

// inside returns the address when it is a page of this console, and the list otherwise: nobody is sent elsewhere.
func inside(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// did writes an act down before it is done.
func (c *Console) did(r *http.Request, what, on, detail string) error {
	person, _ := personOf(r)
	name := person.Name
	if name == "" {
		name = "nobody"
	}
	return c.audit.write(Act{At: c.options.Clock().UTC(), Who: name, From: client(r), Subject: person.Subject, Issuer: person.Issuer, What: what, On: on, Detail: detail})
}

// may says on a page that somebody may not, when they may not.
func (c *Console) may(w http.ResponseWriter, r *http.Request, role Role) bool {
	person, _ := personOf(r)
	if person.May(role) {
		return true
	}
	c.problem(w, r, http.StatusForbidden, "You may not do this", "It needs the role "+string(role)+". Nothing was done. Whoever runs this console gives out roles.")
	return false
}
