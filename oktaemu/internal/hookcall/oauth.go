package hookcall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"pschook/oktaemu/internal/store"
)

// assertionLife is how long the assertion for a hook's token endpoint is good.
const assertionLife = time.Minute

// maxTokenAnswer bounds what is read of a hook's token endpoint, in bytes.
const maxTokenAnswer = 64 << 10

// hookToken gets an access token for a hook with channel OAUTH (Okta developer
// docs, "Inline hook with OAuth 2.0"). The time it takes counts as the hook's.
func (h *Caller) hookToken(ctx context.Context, hook store.HookTarget) (string, error) {
	c := hook.Channel.Config
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}}
	if c.Scope != "" {
		form.Set("scope", c.Scope)
	}
	if c.AuthType == store.AuthPost {
		form.Set("client_secret", c.ClientSecret)
	} else {
		assertion, err := h.hookAssertion(hook)
		if err != nil {
			return "", err
		}
		form.Set("client_assertion_type", store.AssertionType)
		form.Set("client_assertion", assertion)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", hookUserAgent)
	response, err := h.client.Do(request)
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return readHookToken(response)
}

func readHookToken(response *http.Response) (string, error) {
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("hook token: the token endpoint answered status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxTokenAnswer))
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.AccessToken == "" {
		return "", errors.New("hook token: the token endpoint's answer holds no access_token")
	}
	return answer.AccessToken, nil
}

// hookAssertion is the client assertion of private_key_jwt, signed by RS256.
func (h *Caller) hookAssertion(hook store.HookTarget) (string, error) {
	c := hook.Channel.Config
	if !hook.HasKey {
		return "", fmt.Errorf("hook token: the hook key %q is gone", c.HookKeyID)
	}
	now := h.store.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": c.ClientID, "sub": c.ClientID, "aud": c.TokenURL, "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	return hook.Key.Key.Sign(payload)
}
