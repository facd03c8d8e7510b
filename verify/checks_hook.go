package verify

// outcomeCommands is the outcome of a hook call that sent claims.
const outcomeCommands = "commands"

// hookSpeech describes the call in one sentence.
func hookSpeech(ev *evidence) phrase {
	c := ev.call
	sent := appendNew(appendNew(nil, c.AccessTokenClaims), c.IDTokenClaims)
	return say("hook.speech", with("ago", ev.in.Now.Sub(c.At)), with("took", c.Took), with("outcome", c.Outcome), with("claims", sent))
}

func appendNew(list, more []string) []string {
	return append(list, missingFrom(list, more)...)
}

// hookCalled ties the tokens to what this process answered. Not finding a call
// proves nothing: another replica may have answered, or the tokens are old.
func hookCalled(ev *evidence) finding {
	f := want(say("expected.hook.called"))
	switch {
	case ev.in.HookCalls == nil:
		return f.skip(say("skip.no_hook"))
	case ev.id == nil && ev.access == nil:
		return f.skip(say("skip.no_tokens"))
	case !ev.called:
		return f.got(say("hook.none")).skip(say("skip.no_call"))
	}
	f = f.got(hookSpeech(ev))
	if ev.call.Outcome != outcomeCommands {
		return f.warn(say("hint.hook.called", with("outcome", ev.call.Outcome)))
	}
	return f.pass()
}

// hookApplied fails when claims were sent that the token lacks. Okta drops the
// whole answer when one command cannot apply (Okta developer docs, token inline
// hook reference).
func hookApplied(ev *evidence) finding {
	f := want(say("expected.hook.applied"))
	if !ev.called || ev.call.Outcome != outcomeCommands {
		return f.skip(say("skip.nothing_sent"))
	}
	f = f.got(hookSpeech(ev))
	lost, kept := 0, 0
	var lacks []phrase
	for _, t := range []struct {
		token *token
		sent  []string
		key   string
	}{{ev.access, ev.call.AccessTokenClaims, "hook.access_lacks"}, {ev.id, ev.call.IDTokenClaims, "hook.id_lacks"}} {
		if t.token == nil || len(t.sent) == 0 {
			continue
		}
		there := presentOnly(t.token.claims, t.sent)
		kept += len(there)
		if gone := missingFrom(there, t.sent); len(gone) > 0 {
			lost += len(gone)
			lacks = append(lacks, say(t.key, with("claims", gone)))
		}
	}
	return appliedFinding(f, lacks, lost, kept)
}

func appliedFinding(f finding, lacks []phrase, lost, kept int) finding {
	switch {
	case lost == 0 && kept == 0:
		return f.skip(say("skip.nothing_sent"))
	case lost == 0:
		return f.pass()
	}
	what := lacks[0]
	if len(lacks) > 1 {
		what = say("hook.both_lack", with("first", lacks[0]), with("second", lacks[1]))
	}
	f = f.got(say("hook.lost", with("call", f.actual), with("lacks", what)))
	if kept == 0 {
		return f.fail(say("hint.hook.applied"))
	}
	return f.fail(say("hint.hook.partly"))
}
