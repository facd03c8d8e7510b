package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// site shows, in the order of a sign-in, pages as Keycloak and the emulator make them.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	show := func(path, form string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `<title> A  page </title><form method="post" action="%s">%s<input type="submit" name="cancel" value="x"></form>`, path, form)
		})
	}
	take := func(path, next string, want map[string]string) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			got := map[string]string{}
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			for name := range r.PostForm {
				got[name] = r.PostForm.Get(name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s was sent (-want +got):\n%s", path, diff)
			}
			http.Redirect(w, r, next, http.StatusFound)
		})
	}
	mux.HandleFunc("GET /start", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<a id="social-OKTA_x" href="/okta?a=1">x</a>`)
	})
	show("/okta", `<button name="persona" value="cpx">`)
	take("/okta", "/appairage", map[string]string{"persona": "cpx"})
	show("/appairage", `<input id="username" name="username"><input type="radio" name="confirmation" value="yes"><span id="input-error-confirmation">Please</span>`)
	take("/appairage", "/override", map[string]string{"username": "8997", "confirmation": "yes"})
	show("/override", `<button name="submitAction" value="confirmOverride">`)
	take("/override", "/proof", map[string]string{"submitAction": "confirmOverride"})
	show("/proof", `<input name="username" value="8997"><input type="hidden" name="credentialId" value=""><input type="password" name="password">`)
	take("/proof", "/confirmation", map[string]string{"username": "8997", "password": "pin", "credentialId": ""})
	show("/confirmation", `<input type="radio" name="confirmation" value="yes">`)
	take("/confirmation", "/callback?code=1", map[string]string{"confirmation": "yes"})
	mux.HandleFunc("GET /refusal", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<div id="kc-error-message"><p>No   entry</p></div><form><input name="password"></form>`)
	})
	mux.HandleFunc("GET /wrong", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<form><input name="password"><span id="input-error"> Wrong password </span></form>`)
	})
	mux.HandleFunc("GET /round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestWalk(t *testing.T) {
	t.Parallel()
	server := site(t)
	who := Person{Persona: "cpx", NationalID: "8997", Password: "pin", Provider: "OKTA_x"}
	shown, steps, err := NewBrowser(time.Now).Walk(t.Context(), server.URL+"/start", server.URL+"/callback", who)
	if err != nil || shown.URL.Query().Get("code") != "1" {
		t.Fatalf("ended at %v, %v", shown.URL, err)
	}
	var did []string
	for _, s := range steps {
		if s.Did != "" {
			did = append(did, s.Did)
		}
	}
	want := []string{"chose OKTA_x", "signed in as cpx", "gave the national id", "replaced the appairage", "proved the identity", "confirmed"}
	if diff := cmp.Diff(want, did); diff != "" {
		t.Errorf("did (-want +got):\n%s", diff)
	}
}

func TestWalkEnds(t *testing.T) {
	t.Parallel()
	server := site(t)
	for path, want := range map[string]string{"/refusal": "No entry", "/wrong": "Wrong password", "/start": "", "/missing": ""} {
		shown, _, err := NewBrowser(time.Now).Walk(t.Context(), server.URL+path, server.URL+"/callback", Person{})
		if err != nil || shown.URL.Path != path || shown.Message != want {
			t.Errorf("%s: ended at %v with %q, %v; want %q", path, shown.URL, shown.Message, err, want)
		}
	}
	if _, steps, err := NewBrowser(time.Now).Walk(t.Context(), server.URL+"/round", server.URL+"/callback", Person{}); err == nil || err.Error() != "no end after 60 steps" || len(steps) != maxSteps {
		t.Errorf("a circle: %d steps, %v", len(steps), err)
	}
}

// distribution is a directory that looks like a Keycloak whose kc.sh is a script of the test.
func distribution(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"bin", "conf", "themes", "lib/quarkus", "lib/app", "lib/lib"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"bin/kc.sh": "#!/bin/sh\n" + script, "lib/quarkus-run.jar": "", "conf/keycloak.conf": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestStartKeycloak(t *testing.T) {
	t.Parallel()
	// It says where it listens, keeps the realm where Keycloak looks for it, and ends when asked to.
	dir := distribution(t, `trap 'echo bye; exit 0' TERM; echo "realm: $(cat "$(dirname "$0")/../data/import/realm.json") $*"; echo "x Listening on: http://127.0.0.1:4711. y"; while :; do sleep 0.05; done`)
	var log bytes.Buffer
	k, err := StartKeycloak(t.Context(), dir, []byte(`{"realm":"x"}`), &log)
	if err != nil {
		t.Fatal(err)
	}
	if k.URL != "http://127.0.0.1:4711" {
		t.Errorf("listens at %q", k.URL)
	}
	if err := k.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(k.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", k.dir, err)
	}
	if !strings.Contains(log.String(), `realm: {"realm":"x"} start-dev --import-realm --http-host=127.0.0.1 --http-port=0`) || !strings.Contains(log.String(), "bye") {
		t.Errorf("it was asked: %s", log.String())
	}
}

func TestStartKeycloakFails(t *testing.T) {
	t.Parallel()
	if _, err := StartKeycloak(t.Context(), t.TempDir(), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "is no Keycloak distribution") {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := StartKeycloak(t.Context(), distribution(t, "echo no Java here; exit 1"), nil, io.Discard); err == nil || err.Error() != "keycloak ended before it listened:\nno Java here" {
		t.Errorf("one that ends: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := StartKeycloak(ctx, distribution(t, "exec sleep 60"), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("one that is not waited for: %v", err)
	}
}
