package management

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// step moves a user from one of some states into another.
type step struct {
	from []string       // nil: any
	not  *wire.APIError // from any other state; nil: errUserStatus
	to   string         // "": the state stays
	show func(*call, store.User) any
}

func (api *API) userLifecycleRoutes(mux *http.ServeMux, base, manage string) {
	nothing := func(*call, store.User) any { return map[string]any{} }
	inUse := []string{store.UserStaged, store.UserProvisioned, store.UserActive, store.UserRecovery, store.UserPasswordExpired, store.UserSuspended}
	steps := map[string]step{
		"activate": {
			from: []string{store.UserStaged, store.UserDeprovisioned}, to: store.UserActive, show: (*call).activationJSON,
			not: wire.ErrAPI(http.StatusForbidden, "E0000016", "Activation failed because the user is already active"),
		},
		"reactivate": {from: []string{store.UserProvisioned, store.UserRecovery}, to: store.UserActive, show: (*call).activationJSON},
		"deactivate": {from: inUse, to: store.UserDeprovisioned, show: nothing},
		"suspend": {
			from: []string{store.UserActive}, to: store.UserSuspended, show: nothing,
			not: wire.ErrInvalid("suspendUser", "Cannot suspend a user that is not active"),
		},
		"unsuspend": {
			from: []string{store.UserSuspended}, to: store.UserActive, show: nothing,
			not: wire.ErrInvalid("unsuspendUser", "Cannot unsuspend a user that is not suspended"),
		},
		"unlock": { // nobody is locked out here; Okta also unlocks for unknown devices
			from: []string{store.UserActive}, show: nothing, not: wire.ErrAPI(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user."),
		},
		"reset_factors": {show: nothing},
		"reset_password": {
			from: []string{store.UserProvisioned, store.UserActive, store.UserRecovery, store.UserPasswordExpired}, to: store.UserRecovery, show: (*call).resetJSON,
		},
		"expire_password": {from: []string{store.UserActive, store.UserPasswordExpired}, to: store.UserPasswordExpired, show: (*call).userJSON},
	}
	for name, step := range steps {
		do := handler(step.take)
		if name == "expire_password" {
			do = withTemporary(do)
		}
		if slices.Contains([]string{"activate", "deactivate", "reactivate", "suspend", "unsuspend"}, name) {
			do = logged("user.lifecycle."+name, "user", do)
		}
		api.handle(mux, "POST "+base+"/lifecycle/"+name, manage, do)
	}
	api.handle(mux, "POST "+base+"/credentials/change_password", manage, (*call).changePassword)
	api.handle(mux, "POST "+base+"/lifecycle/expire_password_with_temp_password", manage, (*call).expireWithTemporary)
	api.handle(mux, "POST "+base+"/credentials/forgot_password", manage, (*call).forgotPassword)
	api.handle(mux, "POST "+base+"/credentials/forgot_password_recovery_question", manage, (*call).answerRecoveryQuestion)
	api.handle(mux, "POST "+base+"/credentials/change_recovery_question", manage, (*call).changeRecoveryQuestion)
}

func (s step) take(c *call) (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	if s.from != nil && !slices.Contains(s.from, u.Status) {
		return answer{}, cmp.Or(s.not, errUserStatus())
	}
	switch s.to {
	case "":
	case store.UserActive:
		c.activate(&u)
	default:
		u.SetStatus(s.to, c.Stamp())
	}
	c.Users.Put(u.ID, u)
	return ok(s.show(c, u)), nil
}

func errUserStatus() *wire.APIError {
	return wire.ErrAPI(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// activate makes u active, or provisioned as long as it has no password. Whom another provider signs in needs none.
func (c *call) activate(u *store.User) {
	status := store.UserProvisioned
	if u.HasPassword() || u.Provider != "" {
		status = store.UserActive
	}
	u.SetStatus(status, c.Stamp())
}

// activationJSON is empty where Okta would have sent the link by e-mail.
func (c *call) activationJSON(store.User) any {
	if c.r.URL.Query().Get("sendEmail") != "false" {
		return map[string]any{}
	}
	token := wire.RandomWord(20)
	return map[string]any{"activationUrl": c.URL + "/welcome/" + token, "activationToken": token}
}

func (c *call) resetJSON(store.User) any {
	if c.r.URL.Query().Get("sendEmail") != "false" {
		return map[string]any{}
	}
	return map[string]any{"resetPasswordUrl": c.URL + "/reset_password/" + wire.RandomWord(20)}
}

type password struct {
	Value string `json:"value"`
}

func errCredentials(cause string) *wire.APIError {
	return wire.ErrAPI(http.StatusForbidden, "E0000014", "Update of credentials failed", cause)
}

// changePassword puts the new password in the place of the old one.
func (c *call) changePassword() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Old password `json:"oldPassword"`
		New password `json:"newPassword"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	switch {
	case !u.CheckPassword(in.Old.Value):
		return answer{}, errCredentials("Old Password is not correct")
	case in.New.Value == "":
		return answer{}, wire.ErrInvalid("newPassword", "newPassword: The field cannot be left blank")
	}
	now := c.Stamp()
	u.SetPassword(in.New.Value, now)
	if u.Status == store.UserPasswordExpired || u.Status == store.UserRecovery {
		u.SetStatus(store.UserActive, now)
	}
	c.Users.Put(u.ID, u)
	return ok(credentialsJSON(u)), nil
}

func (c *call) changeRecoveryQuestion() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Password password         `json:"password"`
		Recovery recoveryQuestion `json:"recovery_question"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	switch {
	case !u.CheckPassword(in.Password.Value):
		return answer{}, errCredentials("Password is not correct")
	case in.Recovery.Question == "" || in.Recovery.Answer == "":
		return answer{}, wire.ErrInvalid("recovery_question", "recovery_question: give question and answer")
	}
	u.RecoveryQuestion, u.RecoveryAnswer = in.Recovery.Question, in.Recovery.Answer
	u.LastUpdated = c.Stamp()
	c.Users.Put(u.ID, u)
	return ok(credentialsJSON(u)), nil
}

// withTemporary gives a temporary password where the query asks for one, as Okta's older SDKs do.
func withTemporary(expire handler) handler {
	return func(c *call) (answer, *wire.APIError) {
		if c.r.URL.Query().Get("tempPassword") == "true" {
			return c.expireWithTemporary()
		}
		return expire(c)
	}
}

// expireWithTemporary gives the user a password that has to be changed, and shows it.
func (c *call) expireWithTemporary() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	if u.Status != store.UserActive && u.Status != store.UserPasswordExpired {
		return answer{}, errUserStatus()
	}
	now := c.Stamp()
	u.SetPassword(wire.RandomWord(12), now)
	u.SetStatus(store.UserPasswordExpired, now)
	c.Users.Put(u.ID, u)
	return ok(map[string]any{"tempPassword": u.Password}), nil
}

// forgotPassword gives a user who is active a link, and leaves the status as it is. With a body it is
// answerRecoveryQuestion, as Okta's older SDKs call it.
func (c *call) forgotPassword() (answer, *wire.APIError) {
	if c.r.ContentLength > 0 {
		return c.answerRecoveryQuestion()
	}
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	if u.Status != store.UserActive {
		return answer{}, wire.ErrAPI(http.StatusForbidden, "E0000034", "Forgot password not allowed on specified user.")
	}
	return ok(c.resetJSON(u)), nil
}

// answerRecoveryQuestion sets a new password for who knows the answer.
func (c *call) answerRecoveryQuestion() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Password password         `json:"password"`
		Recovery recoveryQuestion `json:"recovery_question"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	switch {
	case u.RecoveryAnswer == "" || !strings.EqualFold(in.Recovery.Answer, u.RecoveryAnswer):
		return answer{}, errCredentials("The recovery question answer did not match our records.")
	case in.Password.Value == "":
		return answer{}, wire.ErrInvalid("password", "password: The field cannot be left blank")
	}
	now := c.Stamp()
	u.SetPassword(in.Password.Value, now)
	u.SetStatus(store.UserActive, now)
	c.Users.Put(u.ID, u)
	return ok(credentialsJSON(u)), nil
}
