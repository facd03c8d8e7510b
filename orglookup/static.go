package orglookup

import (
	"context"
	"time"
)

// Static is a [Source] with an id that was agreed by hand: the org's id, or an alias or UUID that
// the établissement de santé agreed with the ANS.
type Static struct{ id string }

// NewStatic checks id: 1 to 128 bytes of printable UTF-8 without spaces. The id need not have the
// form of Okta's ids, because an alias may be anything. The error says which rule id breaks.
func NewStatic(id string) (*Static, error) {
	if err := checkAgreedID(id); err != nil {
		return nil, err
	}
	return &Static{id: id}, nil
}

// Name returns [SourceStatic].
func (*Static) Name() string { return SourceStatic }

// Org returns the id at once; it never fails.
func (s *Static) Org(context.Context) (Org, error) {
	return Org{ID: s.id, Source: SourceStatic, FetchedAt: time.Time{}}, nil
}
