package oktaemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/testdata"
)

// Verdict is what Okta would do with a hook's answer to one kind of minting.
type Verdict struct {
	Minting string   `json:"minting"` // such as "authorization-code"
	Outcome string   `json:"outcome"` // one of the Hook… constants
	OK      bool     `json:"ok"`      // whether Okta does what the hook says
	Reason  string   `json:"reason,omitempty"`
	Warning string   `json:"warning,omitempty"` // what Okta's documents require but the emulator does not enforce
	Changed *Changed `json:"changed,omitempty"`
	Status  int      `json:"status,omitempty"` // status of the answer; 0: there was none
	TookMS  float64  `json:"took_ms"`
}

// Changed names what an answer changed in the tokens: claims, and "lifetime".
type Changed = store.Changed

// slowShare is the part of the timeout above which an answer is called slow.
const slowShare = 0.5

// CheckHook posts a call for every kind of minting to the hook of opts, one after the other and by
// Okta's rules. It returns what Okta would do with each answer, by name of the minting. It uses
// these options: Hook, which must have a URL, HookTimeout, HookRootCAs and Reserved; and PublicURL,
// OrgID and ClientID, if the hook only accepts calls from that org or for that client. It opens no
// listener and mints no token. The error says which option is wrong, or is that of ctx.
func CheckHook(ctx context.Context, opts Options) ([]Verdict, error) {
	if opts.Hook.URL == "" {
		return nil, errors.New("oktaemu: Hook.URL: must say which hook to check")
	}
	opts.Addr, opts.PublicURL = NoListener, cmp.Or(opts.PublicURL, testdata.OrgURL)
	opts.OrgID, opts.ClientID = cmp.Or(opts.OrgID, testdata.OrgID), cmp.Or(opts.ClientID, testdata.ClientID)
	origin := strings.NewReplacer(testdata.OrgURL, strings.TrimSuffix(opts.PublicURL, "/"), testdata.OrgID, opts.OrgID, testdata.ClientID, opts.ClientID)
	org, err := New(opts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = org.Close() }() // without a listener, it cannot fail
	var hook store.HookTarget
	org.store.Do(func(st *store.State) { hook = st.HookTarget(st.Hooks.List()[0]) })
	names, err := fs.Glob(testdata.Requests, "requests/*.json")
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	slices.Sort(names)
	verdicts := make([]Verdict, 0, len(names))
	for _, name := range names {
		sample, err := testdata.Requests.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("oktaemu: %w", err)
		}
		call, err := org.hooks.Judge(ctx, hook, []byte(origin.Replace(string(sample))))
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return nil, fmt.Errorf("oktaemu: %w", err)
		}
		verdicts = append(verdicts, verdictOf(strings.TrimSuffix(path.Base(name), ".json"), call, org.opts.HookTimeout))
	}
	return verdicts, nil
}

// verdictOf describes a call for a person.
func verdictOf(minting string, call HookCall, timeout time.Duration) Verdict {
	v := Verdict{
		Minting: minting, Outcome: call.Outcome, OK: call.Outcome != HookDropped && call.Outcome != HookFailed, Reason: call.Reason,
		Changed: call.Changed, Status: call.Status, TookMS: call.TookMS,
	}
	kind, _, _ := mime.ParseMediaType(call.ContentType)
	switch {
	case !v.OK:
	case call.Status == 200 && kind != "application/json":
		v.Warning = fmt.Sprintf("Content-Type is %q: Okta's documents ask for application/json", call.ContentType)
	case call.Took > time.Duration(float64(timeout)*slowShare):
		v.Warning = fmt.Sprintf("took more than half of the %v after which Okta gives up, never to try again", timeout)
	}
	return v
}
