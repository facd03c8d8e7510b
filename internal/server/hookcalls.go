package server

import (
	"pschook/hook"
	"pschook/verify"
)

// hookCalls shows the hook's memory of its last answers to the relying party.
type hookCalls struct{ decisions *hook.Decisions }

// HookCall implements verify.HookCalls.
func (h hookCalls) HookCall(jti string) (verify.HookCall, bool) {
	r, ok := h.decisions.Find(jti)
	return verify.HookCall(r), ok
}

// HookCalls finds what this process answered for a token, for the last minutes.
func (s *Server) HookCalls() verify.HookCalls { return hookCalls{s.decisions} }
