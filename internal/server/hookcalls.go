package server

import (
	"context"
	"time"

	"pschook/hook"
	"pschook/internal/outcomes"
	"pschook/verify"
)

// hookCalls gives the relying party access to the hook's memory of its last answers.
type hookCalls struct{ decisions *hook.Decisions }

// HookCall implements verify.HookCalls.
func (h hookCalls) HookCall(jti string) (verify.HookCall, bool) {
	r, ok := h.decisions.Find(jti)
	return verify.HookCall(r), ok
}

// HookCalls finds what this process answered for a token in the last minutes.
func (s *Server) HookCalls() verify.HookCalls { return hookCalls{s.decisions} }

// logPatience is how long a report waits for a read of the System Log. A page of the tester must
// appear within seconds.
const logPatience = 2 * time.Second

// oktaOutcomes gives the relying party access to what Okta reported.
type oktaOutcomes struct {
	ledger *outcomes.Ledger
	reader *outcomes.Reader // nil: only event hooks report
}

// oktaOutcomes returns nil when outcomes are off.
func (s *Server) oktaOutcomes() verify.Outcomes {
	if s.outcomes == nil {
		return nil
	}
	return oktaOutcomes{s.outcomes, s.logReader}
}

// Outcome implements verify.Outcomes. It has the log read once for an outcome that is not known
// yet.
func (o oktaOutcomes) Outcome(ctx context.Context, requestID string) (verify.Outcome, bool) {
	fate, ok := o.ledger.Find(requestID)
	if fate.Result == "" && o.reader != nil {
		ctx, cancel := context.WithTimeout(ctx, logPatience)
		defer cancel()
		o.reader.ReadNow(ctx)
		fate, ok = o.ledger.Find(requestID)
	}
	return verify.Outcome{Minted: fate.Minted, Result: string(fate.Result), Reason: fate.Reason}, ok
}
