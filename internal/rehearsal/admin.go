package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// adminName is the temporary administrator of a Keycloak that this program started.
const adminName = "rehearsal"

// Stored is what Keycloak stores about a person.
type Stored struct {
	Username   string
	FirstName  string
	LastName   string
	Attributes map[string][]string
	Links      []Link
}

// Link is a pairing (appairage): a federated identity.
type Link struct {
	Provider string `json:"identityProvider"`
	UserID   string `json:"userId"`
	UserName string `json:"userName"`
}

// Event is an entry of the realm's event log, which the operator of Keycloak sees.
type Event struct {
	Type    string            `json:"type"`
	Error   string            `json:"error"`
	Details map[string]string `json:"details"`
}

// Person returns what the realm stores about the account with this username. The error says if
// there is none.
func (k *Keycloak) Person(ctx context.Context, realm, username string) (Stored, error) {
	var found []struct {
		ID string `json:"id"`
		Stored
	}
	path := "/admin/realms/" + realm + "/users"
	if err := k.get(ctx, path+"?exact=true&briefRepresentation=false&username="+url.QueryEscape(username), &found); err != nil {
		return Stored{}, err
	}
	if len(found) != 1 {
		return Stored{}, fmt.Errorf("%d accounts have the username %q", len(found), username)
	}
	p := found[0].Stored
	err := k.get(ctx, path+"/"+found[0].ID+"/federated-identity", &p.Links)
	return p, err
}

// Events returns the last events of the realm, the newest first.
func (k *Keycloak) Events(ctx context.Context, realm string) ([]Event, error) {
	var events []Event
	err := k.get(ctx, "/admin/realms/"+realm+"/events?max=50", &events)
	return events, err
}

// Replace deletes the realm of this name, if there is one, and imports the realm file.
func (k *Keycloak) Replace(ctx context.Context, name string, realm []byte) error {
	err := k.call(ctx, http.MethodDelete, "/admin/realms/"+name, nil, nil)
	if err != nil && !strings.HasSuffix(err.Error(), "status 404") {
		return err
	}
	return k.call(ctx, http.MethodPost, "/admin/realms", realm, nil)
}

// EndSessions ends all sessions of the account with this id, the sub of its tokens.
func (k *Keycloak) EndSessions(ctx context.Context, realm, id string) error {
	return k.call(ctx, http.MethodPost, "/admin/realms/"+realm+"/users/"+url.PathEscape(id)+"/logout", nil, nil)
}

// RotateKeys gives the realm another key for RS256, by which it signs from now on. The former one stays published.
// Each key has a higher priority than the one before: between equals Keycloak chooses by chance.
func (k *Keycloak) RotateKeys(ctx context.Context, realm string) error {
	key := fmt.Sprintf(`{"name":"another key","providerId":"rsa-generated","providerType":"org.keycloak.keys.KeyProvider",
		"config":{"priority":["%d"],"algorithm":["RS256"],"keySize":["2048"]}}`, 1000+k.rotations.Add(1))
	return k.call(ctx, http.MethodPost, "/admin/realms/"+realm+"/components", []byte(key), nil)
}

func (k *Keycloak) get(ctx context.Context, path string, into any) error {
	return k.call(ctx, http.MethodGet, path, nil, into)
}

// call uses the Admin REST API. Its tokens live for a minute, so each call gets one.
func (k *Keycloak) call(ctx context.Context, method, path string, body []byte, into any) error {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {adminName}, "password": {k.admin}}
	if err := postForm(ctx, k.URL+"/realms/master/protocol/openid-connect/token", form, &token); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, k.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token.AccessToken)
	request.Header.Set("Content-Type", "application/json")
	answer, _, err := fetch(request)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

func postForm(ctx context.Context, address string, form url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, _, err := fetch(request)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// fetch sends a request and returns the body and media type of its answer. The status must be one
// of success.
func fetch(request *http.Request) (body []byte, mediaType string, err error) {
	response, err := (&http.Client{Timeout: pageTimeout, Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxPageBytes))
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: status %d", request.Method, request.URL.Path, response.StatusCode)
	}
	return body, response.Header.Get("Content-Type"), err
}
