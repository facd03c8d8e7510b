package shapes

import (
	"cmp"
	"slices"
	"strings"
)

// Decision says what a member of the call is used for.
type Decision string

// All decisions; docs/contract.md has the rules.
const (
	Evidence Decision = "evidence" // how the person signed in: amr
	Renewal  Decision = "renewal"  // whether an earlier sign-in is being renewed
	User     Decision = "user"     // who the tokens' user is: oid
	Client   Decision = "client"   // whether the client is served
	Issuer   Decision = "issuer"   // whether the call is this org's
	OrgID    Decision = "org id"   // the cross-check of tid
	Tokens   Decision = "tokens"   // which tokens are minted
	Call     Decision = "call"     // whether the call is answered at all
	Joining  Decision = "joining"  // which entries of the System Log belong to the call
	None     Decision = ""         // no decision depends on it
)

// Difference is a way in which calls differ from the samples of their kind.
type Difference struct {
	Call     string   `json:"call"`
	Path     string   `json:"path"`
	What     string   `json:"what"` // one sentence
	Decision Decision `json:"decision"`
	Calls    int      `json:"calls"` // number of shapes that have it
}

// Compare returns how shapes differ from the reference. Differences that touch a decision come
// first, then the order is by path. A kind of call that the reference does not have is compared
// with all samples.
func Compare(live, reference []Shape) []Difference {
	found := make(map[Difference]int)
	for _, s := range live {
		like := slices.DeleteFunc(slices.Clone(reference), func(r Shape) bool { return r.Call != s.Call })
		if len(like) == 0 {
			found[Difference{Call: s.Call, Path: "data.context.protocol.request", What: "no sample of this kind of call", Decision: Renewal}]++
			like = reference
		}
		for _, d := range s.differences(like) {
			d.Call = s.Call
			found[d]++
		}
	}
	list := make([]Difference, 0, len(found))
	for d, calls := range found {
		d.Calls = calls
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(boolOrder(a.Decision == None, b.Decision == None), cmp.Compare(a.Path, b.Path), cmp.Compare(a.What, b.What), cmp.Compare(a.Call, b.Call))
	})
	return list
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (s Shape) differences(like []Shape) []Difference {
	var list []Difference
	add := func(path, what string, former ...string) {
		d := Difference{Path: path, What: what, Decision: decisionOn(path)}
		for _, f := range former {
			d.Decision = cmp.Or(d.Decision, decisionOn(f))
		}
		list = append(list, d)
	}
	missing := s.missing(like)
	for path, forms := range s.Forms {
		known := classesAt(like, path)
		if known == nil {
			what, former := newMember(path, missing)
			add(path, what, former)
			continue
		}
		for _, form := range forms {
			if class := classOf(path, form); !slices.Contains(known, class) {
				add(path, "is "+class+"; the samples have "+strings.Join(known, " or "))
			}
		}
	}
	for _, path := range missing {
		add(path, "is absent; all samples have it")
	}
	for _, r := range relations() {
		if want, ok := agreed(like, r); ok {
			if got, ok := s.equal(r); ok && got != want {
				add(r.b, map[bool]string{true: "is the same as ", false: "differs from "}[got]+r.a+"; in the samples it is the other way round")
			}
		}
	}
	return list
}

// missing returns the paths that all samples have and s does not have.
func (s Shape) missing(like []Shape) []string {
	var paths []string
	for path := range like[0].Forms {
		if _, has := s.Forms[path]; has {
			continue
		}
		if !slices.ContainsFunc(like, func(r Shape) bool { _, has := r.Forms[path]; return !has }) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// newMember suggests which missing path a new path may replace; "" if there is none.
func newMember(path string, missing []string) (what, former string) {
	for _, m := range missing {
		switch {
		case bare(m) == bare(path):
			return "is new; spelt otherwise than " + m + ", which is absent", m
		case bare(last(m)) == bare(last(path)):
			return "is new; moved from " + m + ", which is absent", m
		}
	}
	return "is new; no sample has it", ""
}

func bare(path string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(path, "_", ""), "-", ""))
}
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// classesAt returns the classes of all forms that the samples have at path; nil when none has it.
func classesAt(like []Shape, path string) []string {
	var classes []string
	for _, r := range like {
		for _, form := range r.Forms[path] {
			if class := classOf(path, form); !slices.Contains(classes, class) {
				classes = append(classes, class)
			}
		}
	}
	slices.Sort(classes)
	return classes
}

// classOf removes from a form what differs from call to call: lengths and marks, and words where
// any word may stand.
func classOf(path, form string) string {
	form, _, _ = strings.Cut(form, " #")
	kind, rest, _ := strings.Cut(form, " ")
	switch kind {
	case "text", "upper", "mail":
		return kind
	case "url":
		scheme, _, _ := strings.Cut(rest, " ")
		return kind + " " + scheme
	case "word":
		if strings.HasSuffix(path, "amr[]") || strings.HasSuffix(path, "scp[]") || strings.HasSuffix(path, ".scope") {
			return kind
		}
	}
	return form
}

// relation is a pair of members that may have to be equal.
type relation struct{ a, b string }

func relations() []relation {
	const sub, client, issuer = "data.identity.claims.sub", "data.context.protocol.request.client_id", "data.context.protocol.issuer.uri"
	return []relation{
		{sub, "data.access.claims.uid"}, {sub, "data.context.user.id"}, {sub, "data.context.session.userId"},
		{"data.access.claims.uid", "data.context.user.id"}, {"data.access.claims.uid", "data.context.session.userId"},
		{client, "data.context.protocol.client.id"}, {client, "data.access.claims.cid"}, {client, "data.identity.claims.aud"},
		{issuer, "source"}, {issuer, "data.identity.claims.iss"}, {issuer, "data.access.claims.iss"},
		{"data.identity.claims.idp", "data.context.session.idp.id"},
	}
}

// equal reports whether both members of a relation are equal. ok is false if one is absent or not a
// text.
func (s Shape) equal(r relation) (equal, ok bool) {
	a, b := s.Forms[r.a], s.Forms[r.b]
	if len(a) != 1 || len(b) != 1 || !isText(a[0]) || !isText(b[0]) {
		return false, false
	}
	return markOf(a[0]) != "" && markOf(a[0]) == markOf(b[0]), true
}

func isText(form string) bool {
	return !slices.Contains([]string{"null", "bool", "number", "empty", "object", "array"}, form)
}

func markOf(form string) string {
	_, mark, _ := strings.Cut(form, " #")
	return mark
}

// agreed returns what all samples that have both members say about a relation.
func agreed(like []Shape, r relation) (equal, ok bool) {
	for _, s := range like {
		e, has := s.equal(r)
		if has && ok && e != equal {
			return false, false
		}
		if has {
			equal, ok = e, true
		}
	}
	return equal, ok
}

// decisionOn says what a member is used for, in any spelling and at any place.
func decisionOn(path string) Decision {
	p := bare(path)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(p, part) })
	}
	switch {
	case has("original", "grant", "refresh", "renew", "responsetype"):
		return Renewal
	case has("session.idp", "claims.idp"):
		return OrgID
	case has("claims.sub", "claims.uid", "user.id", "userid"):
		return User
	case has("amr", "session.status", "session.expiresat", "session.createdat") || p == "data.context.session" || strings.HasSuffix(p, ".session"):
		return Evidence
	case has("clientid", "client.id", "claims.cid", "claims.aud"):
		return Client
	case has("issuer", "claims.iss") || p == "source":
		return Issuer
	case p == "data.identity" || p == "data.access" || p == "data" || strings.HasSuffix(p, ".claims"):
		return Tokens
	case p == "eventtype":
		return Call
	case strings.HasSuffix(p, "request.id"):
		return Joining
	}
	return None
}
