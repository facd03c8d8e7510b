package store

import (
	"crypto/md5"  //nolint:gosec // what Okta imports, never what the emulator makes
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"slices"
	"strings"

	"pschook/oktaemu/internal/wire"
)

// User is a person of the org. Users are values; Profile and Groups are replaced,
// never changed in place.
type User struct {
	ID              string
	Status          string // ACTIVE, or another of the User… states
	Created         wire.Stamp
	Activated       *wire.Stamp
	StatusChanged   *wire.Stamp
	LastUpdated     wire.Stamp
	PasswordChanged *wire.Stamp // nil: there is no password
	LastLogin       *wire.Stamp
	Profile         map[string]any
	Groups          []string // ids, "Everyone" left out

	Password         string
	PasswordHash     *PasswordHash // instead of Password
	PasswordByHook   bool          // instead of both: a hook knows it, whom the emulator does not ask, so that nobody signs in by it
	Provider         string        // who checks the password: FEDERATION, …; empty: Okta
	ProviderName     string
	RecoveryQuestion string
	RecoveryAnswer   string
	Method           Method
	Questions        []QuestionFactor
	Seeded           bool // by a seed, not by a call of the Management API
}

// The states of a user (Okta developer docs, concepts/user-lifecycle). Only an active
// one signs in.
const (
	UserStaged          = "STAGED"      // made, not yet activated
	UserProvisioned     = "PROVISIONED" // activated, without a password
	UserActive          = "ACTIVE"
	UserRecovery        = "RECOVERY" // waits for a new password
	UserPasswordExpired = "PASSWORD_EXPIRED"
	UserSuspended       = "SUSPENDED"
	UserDeprovisioned   = "DEPROVISIONED"
)

// UserStates lists the states.
func UserStates() []string {
	return []string{UserStaged, UserProvisioned, UserActive, UserRecovery, UserPasswordExpired, UserSuspended, UserDeprovisioned}
}

// QuestionFactor is a security question that a user enrolled as a factor. No sign-in asks for it.
type QuestionFactor struct {
	ID                   string
	Question, Answer     string // Question is a name of [SecurityQuestions]
	Created, LastUpdated wire.Stamp
}

// SecurityQuestions are the questions that may be enrolled, by name (Okta Management API, "Factor question profile").
func SecurityQuestions() [][2]string {
	return [][2]string{
		{"disliked_food", "Which food did you like least as a child?"},
		{"name_of_first_plush_toy", "What was your first stuffed animal called?"},
		{"first_award", "What was your first medal or award for?"},
		{"favorite_security_question", "Which security question do you like best?"},
		{"favorite_toy", "Which toy did you like best as a child?"},
		{"first_computer_game", "Which computer game did you play first?"},
		{"favorite_movie_quote", "Which words from a film do you like best?"},
		{"first_sports_team_mascot", "What was the mascot of your first team?"},
		{"first_music_purchase", "Which music did you buy first?"},
		{"favorite_art_piece", "Which work of art do you like best?"},
		{"grandmother_favorite_desert", "Which dessert did your grandmother like best?"},
		{"first_thing_cooked", "What did you learn to cook first?"},
		{"childhood_dream_job", "What did you want to become as a child?"},
		{"first_kiss_location", "Where was your first kiss?"},
		{"place_where_significant_other_was_met", "Where did you meet your partner?"},
		{"favorite_vacation_location", "Where did you like your holidays best?"},
		{"new_years_two_thousand", "Where were you when the year 2000 began?"},
		{"favorite_speaker_actor", "Which speaker do you like best?"},
		{"favorite_book_movie_character", "Which character of a book or film do you like best?"},
		{"favorite_sports_player", "Which sportsman or sportswoman do you like best?"},
	}
}

// QuestionText is the text of the question of that name; "" where there is none.
func QuestionText(name string) string {
	for _, q := range SecurityQuestions() {
		if q[0] == name {
			return q[1]
		}
	}
	return ""
}

// HasPassword reports whether a password was set.
func (u User) HasPassword() bool {
	return u.Password != "" || u.PasswordHash != nil || u.PasswordByHook
}

// SetPassword gives the user a password in place of any other, at the time.
func (u *User) SetPassword(password string, at wire.Stamp) {
	u.Password, u.PasswordHash, u.PasswordByHook, u.PasswordChanged = password, nil, false, &at
}

// SetStatus moves u into a state.
func (u *User) SetStatus(status string, now wire.Stamp) {
	u.Status, u.StatusChanged, u.LastUpdated = status, &now, now
	if status == UserActive || status == UserProvisioned {
		u.Activated = &now
	}
}

// PasswordHash is a password that was imported as a hash (Okta Management API, schema
// PasswordCredentialHash).
type PasswordHash struct {
	Algorithm string `json:"algorithm"` // SHA-512, SHA-256, SHA-1, MD5; any other fits no password
	Salt      string `json:"salt"`      // base64
	SaltOrder string `json:"saltOrder"` // PREFIX, POSTFIX
	Value     string `json:"value"`     // base64
}

// fits reports whether password has this hash.
func (h PasswordHash) fits(password string) bool {
	salt, err := base64.StdEncoding.DecodeString(h.Salt)
	makers := map[string]func() hash.Hash{"SHA-512": sha512.New, "SHA-256": sha256.New, "SHA-1": sha1.New, "MD5": md5.New}
	maker, known := makers[h.Algorithm]
	if err != nil || !known {
		return false
	}
	salted := string(salt) + password
	if h.SaltOrder == "POSTFIX" {
		salted = password + string(salt)
	}
	digest := maker()
	digest.Write([]byte(salted))
	return subtle.ConstantTimeCompare([]byte(base64.StdEncoding.EncodeToString(digest.Sum(nil))), []byte(h.Value)) == 1
}

// Login is what the user signs in with.
func (u User) Login() string { return u.Text("login") }

// Email is the user's address.
func (u User) Email() string { return u.Text("email") }

// Name is the user's name in full.
func (u User) Name() string {
	if name := u.Text("displayName"); name != "" {
		return name
	}
	return u.Text("firstName") + " " + u.Text("lastName")
}

// Text returns a profile attribute that is a string, else "".
func (u User) Text(attribute string) string {
	s, _ := u.Profile[attribute].(string)
	return s
}

// CheckPassword reports whether password is the user's. A user without one has none that fits.
func (u User) CheckPassword(password string) bool {
	if u.PasswordHash != nil {
		return u.PasswordHash.fits(password)
	}
	return u.Password != "" && subtle.ConstantTimeCompare([]byte(u.Password), []byte(password)) == 1
}

// Group is a group of users.
type Group struct {
	ID                    string         `json:"id"`
	Created               wire.Stamp     `json:"created"`
	LastUpdated           wire.Stamp     `json:"lastUpdated"`
	LastMembershipUpdated wire.Stamp     `json:"lastMembershipUpdated"`
	ObjectClass           []string       `json:"objectClass"`
	Type                  string         `json:"type"` // OKTA_GROUP, or BUILT_IN for Everyone
	Profile               map[string]any `json:"profile"`
}

// Name is the group's name.
func (g Group) Name() string {
	s, _ := g.Profile["name"].(string)
	return s
}

// EveryoneID is the built-in group that holds every user.
func EveryoneID() string { return wire.FixedID(wire.IDGroup, "emueveryone") }

// AdministratorsID is the built-in group that holds those with an administrator's role.
func AdministratorsID() string { return wire.FixedID(wire.IDGroup, "emuadmins") }

// AdminID is the user who owns the API token. Nobody signs in as that user.
func AdminID() string { return wire.FixedID(wire.IDUser, "emuadmin") }

// builtIn is a group that no org is without, and whose members Okta works out.
func builtIn(id, name, description string, created wire.Stamp) Group {
	return Group{
		ID: id, Type: BuiltIn, Created: created, LastUpdated: created, LastMembershipUpdated: created,
		ObjectClass: []string{"okta:user_group"}, Profile: map[string]any{"name": name, "description": description},
	}
}

// Holds reports whether u is in the group with that id.
func (s *State) Holds(group string, u User) bool {
	switch group {
	case EveryoneID():
		return true
	case AdministratorsID():
		return len(s.Roles[u.ID]) > 0
	}
	return slices.Contains(u.Groups, group)
}

// GroupIDs returns the ids of groups.
func GroupIDs(groups []Group) []string {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return ids
}

// AddAdmin adds the owner of the API token, if the org lacks one.
func (s *State) AddAdmin() {
	if _, there := s.Users.Get(AdminID()); there {
		return
	}
	now := s.Stamp()
	u := adminUser()
	u.Created, u.LastUpdated, u.PasswordChanged, u.Activated, u.StatusChanged = now, now, &now, &now, &now
	s.Users.Put(u.ID, u)
	s.Roles[u.ID] = []Role{NewRole("SUPER_ADMIN", now)}
}

func adminUser() User {
	login := "admin@" + PersonaDomain
	return User{
		ID: AdminID(), Status: "ACTIVE", Method: PasswordMethod(),
		Profile: map[string]any{
			"login": login, "email": login, "firstName": "Dominique", "lastName": "Durand", "displayName": "Dominique Durand",
			"locale": "fr_FR", "timezone": "Europe/Paris", "mobilePhone": nil, "secondEmail": nil,
		},
	}
}

// UserByLogin finds an active or inactive user by login.
func (s *State) UserByLogin(login string) (User, bool) {
	return s.Users.Find(func(u User) bool { return strings.EqualFold(u.Login(), login) })
}

// GroupsOf returns the groups that hold u, Everyone first. As Okta does, it leaves out that of the administrators.
func (s *State) GroupsOf(u User) []Group {
	var groups []Group
	for _, id := range append([]string{EveryoneID()}, u.Groups...) {
		if g, ok := s.Groups.Get(id); ok {
			groups = append(groups, g)
		}
	}
	return groups
}

// Begins reports whether a name or the e-mail address begins with q, in lower case.
func (u User) Begins(q string) bool {
	for _, attribute := range []string{"firstName", "lastName", "email"} {
		if strings.HasPrefix(strings.ToLower(u.Text(attribute)), q) {
			return true
		}
	}
	return false
}
