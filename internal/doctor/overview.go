package doctor

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"pschook/internal/config"
	"pschook/internal/oktaread"
)

// Row says what one client gets through one rule of one authorization server.
type Row struct {
	Server   string `json:"server"`
	Client   string `json:"client"` // label of the app
	ClientID string `json:"client_id"`
	Rule     string `json:"rule"`   // with its policy; empty: no rule applies, so the client gets no token here
	Hook     string `json:"hook"`   // name of the hook that the rule calls; empty: none
	Ours     bool   `json:"ours"`   // the hook belongs to the service
	Claims   string `json:"claims"` // claims that tokens get from the service and from the server
}

// Overview reads every authorization server, rule and client of the org. It says which client gets
// which claims through which rule, in the order of the Admin Console's lists. A client is an active
// app that signs people in by code. An inactive server mints nothing and is left out. If the org
// cannot be read, the error is an [*oktaread.Error].
func Overview(ctx context.Context, c oktaread.Client, cfg *config.Config, hookURL *url.URL) ([]Row, error) {
	hooks, err := oktaread.Hooks(ctx, c)
	if err != nil {
		return nil, err
	}
	apps, err := oktaread.List[oktaread.App](ctx, c, oktaread.PathApps+"?limit=200", oktaread.ScopeApps)
	if err != nil {
		return nil, err
	}
	apps = slices.DeleteFunc(apps, func(a oktaread.App) bool {
		return a.Status != oktaread.Active || !slices.Contains(a.Settings.OAuthClient.GrantTypes, oktaread.GrantCode)
	})
	servers, err := oktaread.List[oktaread.AuthServer](ctx, c, oktaread.PathServers+"?limit=200", oktaread.ScopeServers)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, s := range servers {
		if s.Status != oktaread.Active {
			continue
		}
		o := overview{config: cfg, hookURL: hookURL, hooks: hooks, server: s}
		if err := o.read(ctx, c); err != nil {
			return nil, err
		}
		for _, a := range apps {
			rows = append(rows, o.client(a)...)
		}
	}
	return rows, nil
}

// overview describes one server.
type overview struct {
	config   *config.Config
	hookURL  *url.URL
	hooks    []oktaread.InlineHook
	server   oktaread.AuthServer
	policies []oktaread.Policy
	own      []string // the server's own custom claims
}

func (o *overview) read(ctx context.Context, c oktaread.Client) error {
	var err error
	if o.policies, err = oktaread.Policies(ctx, c, o.server.ID); err != nil {
		return err
	}
	if everyone, _, err := oktaread.FindGroup(ctx, c, "Everyone"); err == nil { // without the right to read groups, skip this
		oktaread.NameEveryone(o.policies, everyone.ID)
	}
	claims, err := oktaread.List[oktaread.Claim](ctx, c, oktaread.ServerPath(o.server.ID)+"/claims", oktaread.ScopeServers)
	for _, claim := range claims {
		if claim.Status == oktaread.Active && !claim.System {
			o.own = append(o.own, claim.Name)
		}
	}
	slices.Sort(o.own)
	o.own = slices.Compact(o.own)
	return err
}

// client returns a row for each rule that a sign-in of the app can meet.
func (o *overview) client(a oktaread.App) []Row {
	row := Row{Server: o.server.Name, Client: a.Label, ClientID: a.ClientID()}
	var rows []Row
	for _, p := range oktaread.Reached(oktaread.Fits(o.policies, a.ClientID(), []string{"openid"})) {
		r := row
		r.Rule = p.String()
		i := slices.IndexFunc(o.hooks, func(h oktaread.InlineHook) bool { return h.ID == p.Rule.HookID() })
		if i >= 0 {
			u, err := url.Parse(o.hooks[i].Channel.Config.URI)
			r.Hook, r.Ours = o.hooks[i].Name, err == nil && oktaread.SameURL(u, o.hookURL) && o.hooks[i].Status == oktaread.Active
		}
		r.Claims = o.claims(r)
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return []Row{row}
	}
	return rows
}

// claims lists the service's claims, if it serves the client, and the server's own claims.
func (o *overview) claims(r Row) string {
	names := slices.Clone(o.own)
	selected := len(o.config.Hook.ClientIDs) == 0 || slices.Contains(o.config.Hook.ClientIDs, r.ClientID)
	if r.Ours && selected && !o.config.Hook.Shadow {
		for _, name := range slices.Concat(o.config.Claims.AccessToken, o.config.Claims.IDToken) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, " ")
}
