package hook

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"pschook/commands"
)

// How many answers are remembered, and for how long. That is enough for a person to sign in and
// look at the report, and too little to be a record of who signed in.
const (
	maxDecisions = 4096
	decisionTTL  = 10 * time.Minute
)

// Recorded is what this process answered for one token. It holds no user and no claim values.
type Recorded struct {
	At                time.Time
	Took              time.Duration
	Outcome           string   // as in the metric pschook_hook_requests_total; "shadow" when the hook ran in shadow mode and sent nothing
	IDTokenClaims     []string // names of the claims that were sent for each kind of token
	AccessTokenClaims []string
}

// Decisions remembers the last answers by the jti of their tokens. With it, a received token can be
// matched with the call that should have patched it. Only a digest of the jti is kept; outside this
// process the digest means nothing. It is safe for concurrent use.
type Decisions struct {
	now  func() time.Time
	seed maphash.Seed

	mu   sync.Mutex
	ring [maxDecisions]decision
	next int // place in ring
}

// digest is a hash of a jti with the process's own seed; 0: no jti.
type digest uint64

// decision holds no pointers: the garbage collector then passes all of them by.
type decision struct {
	at      int64 // Unix time in ns
	took    time.Duration
	jti     [2]digest
	sent    [2]claimSet // by commands.Token
	outcome uint8       // its place in outcomes
	shadow  bool        // nothing was sent
}

// recorded is what is told of a decision.
func (e *decision) recorded() Recorded {
	r := Recorded{
		At: time.Unix(0, e.at), Took: e.took, Outcome: outcomes()[e.outcome],
		IDTokenClaims: e.sent[commands.IDToken].names(), AccessTokenClaims: e.sent[commands.AccessToken].names(),
	}
	if e.shadow {
		r.Outcome = "shadow"
	}
	return r
}

// claimSet is a set of commands.KnownClaims with one bit for each.
type claimSet uint8

func claimSetOf(patches []commands.Patch) claimSet {
	var set claimSet
	for _, p := range patches {
		set |= 1 << slices.Index(commands.KnownClaims(), p.Claim)
	}
	return set
}

func (s claimSet) names() []string {
	var names []string
	for i, c := range commands.KnownClaims() {
		if s&(1<<i) != 0 {
			names = append(names, string(c))
		}
	}
	return names
}

// NewDecisions returns an empty memory. now is its clock.
func NewDecisions(now func() time.Time) *Decisions {
	return &Decisions{now: now, seed: maphash.MakeSeed()}
}

func (d *Decisions) digest(jti string) digest { return digest(maphash.String(d.seed, jti)) }

// add remembers an answer for the tokens with these jti. It ignores an empty jti.
func (d *Decisions) add(entry decision, idJTI, accessJTI string) {
	if idJTI == "" && accessJTI == "" {
		return
	}
	for i, jti := range [2]string{idJTI, accessJTI} {
		if jti != "" {
			entry.jti[i] = d.digest(jti)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ring[d.next] = entry
	d.next = (d.next + 1) % maxDecisions
}

// Find returns what was answered last for the token with this jti, if that is still remembered. It
// looks through all entries: only people ask, and this way the calls pay nothing for it.
func (d *Decisions) Find(jti string) (Recorded, bool) {
	key := d.digest(jti)
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.ring {
		e := &d.ring[(d.next+maxDecisions-1-i)%maxDecisions]
		if !slices.Contains(e.jti[:], key) {
			continue
		}
		if found := e.recorded(); d.now().Sub(found.At) <= decisionTTL {
			return found, true
		}
		break
	}
	return Recorded{}, false
}
