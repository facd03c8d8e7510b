package oktaemu

import "crypto/subtle"

// user is a person of the org. Users are values; Profile and Groups are replaced,
// never changed in place.
type user struct {
	ID              string
	Status          string // ACTIVE, STAGED, DEPROVISIONED, SUSPENDED
	Created         stamp
	LastUpdated     stamp
	PasswordChanged stamp
	LastLogin       *stamp
	Profile         map[string]any
	Groups          []string // ids, "Everyone" left out

	password string
	method   method
}

func (u user) login() string { return u.text("login") }
func (u user) email() string { return u.text("email") }

func (u user) name() string {
	if name := u.text("displayName"); name != "" {
		return name
	}
	return u.text("firstName") + " " + u.text("lastName")
}

// text returns a profile attribute that is a string, else "".
func (u user) text(attribute string) string {
	s, _ := u.Profile[attribute].(string)
	return s
}

// checkPassword reports whether password is the user's. A user without one has none that fits.
func (u user) checkPassword(password string) bool {
	return u.password != "" && subtle.ConstantTimeCompare([]byte(u.password), []byte(password)) == 1
}

// group is a group of users.
type group struct {
	ID                    string         `json:"id"`
	Created               stamp          `json:"created"`
	LastUpdated           stamp          `json:"lastUpdated"`
	LastMembershipUpdated stamp          `json:"lastMembershipUpdated"`
	ObjectClass           []string       `json:"objectClass"`
	Type                  string         `json:"type"` // OKTA_GROUP, or BUILT_IN for Everyone
	Profile               map[string]any `json:"profile"`
}

func (g group) name() string {
	s, _ := g.Profile["name"].(string)
	return s
}

// everyoneID is the built-in group that holds every user.
func everyoneID() string { return fixedID(idGroup, "emueveryone") }

// adminID is the user who owns the API token. Nobody signs in as that user.
func adminID() string { return fixedID(idUser, "emuadmin") }

func adminUser() user {
	login := "admin@" + personaDomain
	return user{
		ID: adminID(), Status: "ACTIVE", method: passwordMethod(),
		Profile: map[string]any{
			"login": login, "email": login, "firstName": "Dominique", "lastName": "Durand", "displayName": "Dominique Durand",
			"locale": "fr_FR", "timezone": "Europe/Paris", "mobilePhone": nil, "secondEmail": nil,
		},
	}
}

// userByLogin finds an active or inactive user by login. The caller holds the lock.
func (s *state) userByLogin(login string) (user, bool) {
	return s.users.find(func(u user) bool { return equalFold(u.login(), login) })
}

// groupsOf returns the groups that hold u, Everyone first. The caller holds the lock.
func (s *state) groupsOf(u user) []group {
	var groups []group
	for _, id := range append([]string{everyoneID()}, u.Groups...) {
		if g, ok := s.groups.get(id); ok {
			groups = append(groups, g)
		}
	}
	return groups
}
