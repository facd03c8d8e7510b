package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// factorRoutes are the second factors of a user: that of the method of sign-in, which stays, and security questions, which
// come and go. No sign-in asks for the latter.
func (api *API) factorRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listFactors)
	api.handle(mux, "POST "+base, manage, (*call).enrollQuestion)
	api.handle(mux, "GET "+base+"/questions", read, (*call).listQuestions)
	api.notPlayed(mux, "GET "+base+"/catalog", "the list of factors that somebody may enrol")
	api.handle(mux, "GET "+base+"/{factor}", read, (*call).readFactor)
	api.handle(mux, "PUT "+base+"/{factor}", manage, (*call).changeQuestion)
	api.handle(mux, "DELETE "+base+"/{factor}", manage, (*call).removeQuestion)
	api.handle(mux, "POST "+base+"/{factor}/verify", manage, (*call).verifyQuestion)
}

// factorsJSON shows the second factor that the user's method stands for, and the questions.
func (c *call) factorsJSON(u store.User) []any {
	list := []any{}
	if f := u.Method.Factor; f.Kind != "" {
		id := wire.FixedID("opf", u.ID[3:])
		shown := c.factorJSON(u, id, f.Kind, f.Provider, u.Created, u.Created)
		shown["profile"] = map[string]any{"credentialId": u.Login()}
		list = append(list, shown)
	}
	for _, q := range u.Questions {
		list = append(list, c.questionJSON(u, q))
	}
	return list
}

func (c *call) factorJSON(u store.User, id, kind, provider string, created, updated wire.Stamp) map[string]any {
	user := c.URL + "/api/v1/users/" + u.ID
	return map[string]any{
		"id": id, "factorType": kind, "provider": provider, "vendorName": provider, "status": "ACTIVE", "created": created, "lastUpdated": updated,
		"_links": wire.Links{"self": {Href: user + "/factors/" + id, Hints: wire.Allow("GET", "DELETE")}, "user": {Href: user, Hints: wire.Allow("GET")}},
	}
}

// questionJSON shows a question, never its answer.
func (c *call) questionJSON(u store.User, q store.QuestionFactor) map[string]any {
	shown := c.factorJSON(u, q.ID, "question", "OKTA", q.Created, q.LastUpdated)
	shown["profile"] = map[string]any{"question": q.Question, "questionText": store.QuestionText(q.Question)}
	if links, isLinks := shown["_links"].(wire.Links); isLinks {
		links["questions"] = wire.Link{Href: c.URL + "/api/v1/users/" + u.ID + "/factors/questions", Hints: wire.Allow("GET")}
	}
	return shown
}

func (c *call) listFactors() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.factorsJSON(u)), nil
}

func (c *call) readFactor() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	for _, f := range c.factorsJSON(u) {
		if store.Object(f)["id"] == c.r.PathValue("factor") {
			return ok(f), nil
		}
	}
	return answer{}, wire.ErrNotFound("Factor", c.r.PathValue("factor"))
}

func (c *call) listQuestions() (answer, *wire.APIError) {
	if _, fault := c.findUser(); fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, q := range store.SecurityQuestions() {
		list = append(list, map[string]any{"question": q[0], "questionText": q[1]})
	}
	return ok(list), nil
}

// questionInput is a factor as a client sends it.
type questionInput struct {
	FactorType, Provider string
	Profile              struct{ Question, Answer string }
}

// enrollQuestion enrols a security question; of the other factors people have those of their method.
func (c *call) enrollQuestion() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	in, fault := c.readQuestion("")
	if fault != nil {
		return answer{}, fault
	}
	if len(u.Questions) > 0 {
		return answer{}, wire.ErrAPI(http.StatusBadRequest, "E0000001", "Api validation failed: factorEnrollRequest", "A factor of this type is already set up.")
	}
	q := store.QuestionFactor{ID: wire.NewID("ufs"), Created: c.Stamp()}
	u.Questions = append(slices.Clone(u.Questions), q)
	return c.storeQuestion(u, len(u.Questions)-1, in)
}

// readQuestion reads the body. Its factorType may be left out if it is known.
func (c *call) readQuestion(known string) (questionInput, *wire.APIError) {
	in := questionInput{FactorType: known}
	if fault := c.readBody(&in); fault != nil {
		return in, fault
	}
	switch {
	case in.FactorType == "":
		return in, wire.ErrInvalid("factorType", "factorType: The field cannot be left blank")
	case in.FactorType != "question":
		return in, wire.ErrNotPlayed("the enrolment of other factors than question: people have those of their method of sign-in")
	case store.QuestionText(in.Profile.Question) == "":
		return in, wire.ErrInvalid("question", "question: not one of those that factors/questions lists")
	case len(in.Profile.Answer) < 4:
		return in, wire.ErrInvalid("answer", "answer: The field must have at least 4 characters")
	}
	return in, nil
}

// storeQuestion gives the question at i what in says.
func (c *call) storeQuestion(u store.User, i int, in questionInput) (answer, *wire.APIError) {
	q := &u.Questions[i]
	q.Question, q.Answer, q.LastUpdated = in.Profile.Question, in.Profile.Answer, c.Stamp()
	c.Users.Put(u.ID, u)
	return ok(c.questionJSON(u, *q)), nil
}

// findQuestion returns a user whose questions may be changed, and where in them the one of the path is.
func (c *call) findQuestion() (store.User, int, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return u, 0, fault
	}
	id := c.r.PathValue("factor")
	u.Questions = slices.Clone(u.Questions)
	i := slices.IndexFunc(u.Questions, func(q store.QuestionFactor) bool { return q.ID == id })
	if i < 0 && slices.ContainsFunc(c.factorsJSON(u), func(f any) bool { return store.Object(f)["id"] == id }) {
		return u, 0, wire.ErrNotPlayed("changes and checks of the factor that belongs to a method of sign-in")
	}
	if i < 0 {
		return u, 0, wire.ErrNotFound("Factor", id)
	}
	return u, i, nil
}

func (c *call) changeQuestion() (answer, *wire.APIError) {
	u, i, fault := c.findQuestion()
	if fault != nil {
		return answer{}, fault
	}
	in, fault := c.readQuestion("question")
	if fault != nil {
		return answer{}, fault
	}
	return c.storeQuestion(u, i, in)
}

func (c *call) removeQuestion() (answer, *wire.APIError) {
	u, i, fault := c.findQuestion()
	if fault != nil {
		return answer{}, fault
	}
	u.Questions = slices.Delete(u.Questions, i, i+1)
	c.Users.Put(u.ID, u)
	return noContent(), nil
}

// verifyQuestion compares an answer, without regard to case.
func (c *call) verifyQuestion() (answer, *wire.APIError) {
	u, i, fault := c.findQuestion()
	if fault != nil {
		return answer{}, fault
	}
	var in struct{ Answer string }
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if !strings.EqualFold(in.Answer, u.Questions[i].Answer) {
		return answer{}, wire.ErrAPI(http.StatusForbidden, "E0000068", "Invalid Passcode/Answer", "Your answer doesn't match our records. Please try again.")
	}
	return ok(map[string]any{"factorResult": "SUCCESS"}), nil
}
