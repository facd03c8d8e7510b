package oktaemu_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// ask sends a request with the API token, and more headers in pairs.
func ask(org *oktaemu.Org, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, org.URL()+path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS "+org.APIToken())
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	org.ServeHTTP(answer, r)
	return answer
}

// queryOrg has three people and three groups whose names begin alike.
func queryOrg(t *testing.T) *oktaemu.Org {
	t.Helper()
	org := newOrg(t, oktaemu.Options{})
	for _, name := range []string{"Query B", "Query A", "query c"} {
		first, last, _ := strings.Cut(name, " ")
		profile := map[string]any{"firstName": first, "lastName": last, "login": last + "@query.example", "email": last + "@query.example", "department": "Cardio"}
		api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile, "credentials": map[string]any{"password": map[string]any{"value": "only-for-tests"}}}, 200, nil)
		api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": name, "description": `the "same"`}}, 200, nil)
	}
	app := map[string]any{"name": "bookmark", "label": "Query app", "signOnMode": "BOOKMARK", "settings": map[string]any{"app": map[string]any{"url": "https://app.example/"}}}
	api(t, org, "POST", "/api/v1/apps", app, 200, nil)
	return org
}

// names lists what found shows, by its label, last name or name.
func names(t *testing.T, found *httptest.ResponseRecorder) string {
	t.Helper()
	var list []struct {
		Label   string
		Profile struct{ LastName, Name string }
	}
	if err := json.Unmarshal(found.Body.Bytes(), &list); err != nil {
		t.Fatalf("%v: %s", err, found.Body)
	}
	var all []string
	for _, item := range list {
		all = append(all, item.Label+item.Profile.LastName+item.Profile.Name)
	}
	return strings.Join(all, ",")
}

// TestLists: what users, groups and apps are found by, and in which order (Okta Management API, the parameters of listUsers and
// listGroups; of apps also labels, which the Terraform provider asks for).
func TestLists(t *testing.T) {
	t.Parallel()
	org := queryOrg(t)
	for _, tc := range []struct{ path, query, want string }{
		{"users", `search=profile.firstName eq "QUERY"`, "B,A,c"},
		{"users", `search=profile.firstName eq "query"&sortBy=profile.lastName`, "A,B,c"},
		{"users", `search=profile.firstName eq "query"&sortBy=profile.lastName&sortOrder=desc`, "c,B,A"},
		{"users", `search=profile.firstName eq "query"&sortOrder=nonsense`, "B,A,c"},
		{"users", `search=profile.department sw "Card" and (profile.lastName eq "A" or profile.lastName eq "B")`, "B,A"},
		{"users", `search=profile.lastName eq "A" or profile.lastName eq "B" and profile.firstName eq "nobody"`, "A"},
		{"users", `search=(profile.lastName lt "B" or profile.lastName gt "B") and profile.firstName pr and profile.email co "@query"`, "A,c"},
		{"users", `filter=profile.firstName eq "Query"`, "B,A"},
		{"users", `filter=profile.firstName eq "QUERY"`, ""},
		{"users", `filter=status eq "ACTIVE" and (profile.lastName eq "A" or profile.login eq "c@query.example")`, "A,c"},
		{"users", `filter=lastUpdated gt "2013-06-01T00:00:00.000Z" and profile.lastName eq "A"`, "A"},
		{"users", `q=query`, "B,A,c"},
		{"users", `q=query&sortBy=profile.lastName`, "B,A,c"},
		{"apps", `filter=status eq "ACTIVE" AND label sw "query"`, "Query app"},
		{"apps", `filter=label eq "Query app"`, "Query app"},
		{"groups", `q=query`, "Query B,Query A,query c"},
		{"groups", `search=profile.name sw "QUERY"&sortBy=profile.name&sortOrder=desc`, "query c,Query B,Query A"},
		{"groups", `search=profile.description eq "the \"same\"" and profile.name co "A"`, "Query A"},
		{"groups", `filter=type eq "BUILT_IN" and lastUpdated gt "2013-06-01T00:00:00.000Z"`, "Everyone,Okta Administrators"},
	} {
		found := ask(org, "GET", "/api/v1/"+tc.path+"?"+encoded(tc.query), "")
		if got := names(t, found); found.Code != http.StatusOK || got != tc.want {
			t.Errorf("%s?%s: %d %q, want %q", tc.path, tc.query, found.Code, got, tc.want)
		}
	}
}

// encoded escapes the values of a query, whose expressions have no &.
func encoded(query string) string {
	values := url.Values{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		values.Set(name, value)
	}
	return values.Encode()
}

// TestListsRefuse: expressions that other lists take.
func TestListsRefuse(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for path, queries := range map[string][]string{
		"users": {
			`search=status ne "ACTIVE"`, `search=profile.department co "x"`, `search=profile.email ew "x"`, `filter=profile.department eq "x"`, `filter=status gt "A"`,
			`filter=profile.login sw "a"`, `filter=not (status eq "ACTIVE")`, `filter=status pr`,
		},
		"groups":         {`filter=profile.name eq "x"`, `search=profile.name ne "x"`, `search=id co "x"`, `filter=type sw "O"`},
		"apps":           {`filter=label co "x"`, `filter=status sw "A"`},
		"trustedOrigins": {`filter=id eq "x"`, `filter=name co "x"`},
	} {
		for _, query := range queries {
			found := ask(org, "GET", "/api/v1/"+path+"?"+encoded(query), "")
			if found.Code != http.StatusBadRequest || !strings.Contains(found.Body.String(), `"errorCode":"E0000031","errorId"`) {
				t.Errorf("%s?%s: %d %s", path, query, found.Code, found.Body)
			}
		}
	}
}

// TestListsByQ: a list by q has one page; without limit it has at most 10 users.
func TestListsByQ(t *testing.T) {
	t.Parallel()
	org := queryOrg(t)
	for path, want := range map[string]bool{
		"/api/v1/users?limit=2": true, "/api/v1/users?q=query&limit=2": false, "/api/v1/groups?limit=2": true, "/api/v1/groups?q=query&limit=2": false,
	} {
		found := ask(org, "GET", path, "")
		if next := strings.Contains(strings.Join(found.Header().Values("Link"), ","), `rel="next"`); next != want {
			t.Errorf("%s: links %q, want a next page: %t", path, found.Header().Values("Link"), want)
		}
	}
	for i := range 12 {
		name := string(rune('a' + i))
		profile := map[string]any{"firstName": "Many", "lastName": name, "login": name + "@many.example", "email": name + "@many.example"}
		api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile}, 200, nil)
	}
	if got := names(t, ask(org, "GET", "/api/v1/users?q=many", "")); got != "a,b,c,d,e,f,g,h,i,j" {
		t.Errorf("q: %s, want the first ten", got)
	}
}

// TestTrustedOriginsByQ: by the beginning of name or origin, and by kind.
func TestTrustedOriginsByQ(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for name, origin := range map[string]string{"portal": "https://one.example", "else": "https://two.example"} {
		api(t, org, "POST", "/api/v1/trustedOrigins", map[string]any{"name": name, "origin": origin, "scopes": []any{map[string]any{"type": "REDIRECT"}}}, 200, nil)
	}
	for query, want := range map[string]int{"q=Port": 1, "q=https://two": 1, "q=https": 2, "q=two": 0, `filter=type eq "REDIRECT" and status eq "ACTIVE"`: 2, `filter=type eq "CORS"`: 0, `filter=origin eq "https://one.example"`: 1} {
		var list []struct{ Name string }
		api(t, org, "GET", "/api/v1/trustedOrigins?"+encoded(query), nil, 200, &list)
		found := 0
		for _, o := range list {
			if o.Name == "portal" || o.Name == "else" {
				found++
			}
		}
		if found != want {
			t.Errorf("%s: %+v, want %d", query, list, want)
		}
	}
}

// TestNamesOfUsers: users are found by id, login, or the beginning of a login that only one has.
func TestNamesOfUsers(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for name, want := range map[string]int{"cpx@hopital.example": 200, "CPX@hopital.example": 200, "cpx": 200, "Cpx": 200, "nobody": 404, "hopital": 404} {
		if got := ask(org, "GET", "/api/v1/users/"+name, ""); got.Code != want {
			t.Errorf("%s: %d, want %d", name, got.Code, want)
		}
	}
	profile := map[string]any{"firstName": "C", "lastName": "P", "login": "cpx@other.example", "email": "cpx@other.example"}
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile}, 200, nil)
	if got := ask(org, "GET", "/api/v1/users/cpx", ""); got.Code != http.StatusNotFound {
		t.Errorf("a name that two have: %d", got.Code)
	}
}

// TestLessOfUsers: the Content-Type of a read can ask for less (parameter Content-Type of listUsers and getUser).
func TestLessOfUsers(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for kind, want := range map[string][3]bool{
		"application/json": {true, true, true},
		"application/json; okta-response=omitCredentials":                                {false, true, true},
		`application/json; okta-response="omitCredentials, omitCredentialsLinks"`:        {false, false, true},
		"application/json; okta-response=omitCredentialsLinks,omitTransitioningToStatus": {true, false, true},
	} {
		var user struct {
			Credentials map[string]any
			Links       map[string]any `json:"_links"`
		}
		if err := json.Unmarshal(ask(org, "GET", "/api/v1/users/cpx", "", "Content-Type", kind).Body.Bytes(), &user); err != nil {
			t.Fatal(err)
		}
		got := [3]bool{user.Credentials != nil, user.Links["changePassword"] != nil, user.Links["self"] != nil}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: credentials, their links, self (-want +got):\n%s", kind, diff)
		}
	}
}

// TestAppsWithUser: expand=user/ID embeds the assignment in lists, too.
func TestAppsWithUser(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var user withID
	api(t, org, "GET", "/api/v1/users/cpx", nil, 200, &user)
	var apps []struct {
		Embedded struct{ User withID } `json:"_embedded"`
	}
	api(t, org, "GET", "/api/v1/apps?"+encoded(`filter=user.id eq "`+user.ID+`"&expand=user/`+user.ID), nil, 200, &apps)
	if len(apps) == 0 || apps[0].Embedded.User.ID != user.ID {
		t.Errorf("apps %+v, want the assignment of %s", apps, user.ID)
	}
}

// TestSlashAtTheEnd: Okta's SDK for Python 2.x writes one before every query.
func TestSlashAtTheEnd(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for path, want := range map[string]int{"/api/v1/users/?limit=1": 200, "/api/v1/users/cpx/": 200, "/oauth2/default/v1/keys/": 200, "/": 200, "/api/v1/nonsense/": 501} {
		if got := ask(org, "GET", path, ""); got.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, got.Code, want, got.Body)
		}
	}
}

// TestForgottenPassword: a link leaves the status as it is; the answer to the question sets a password at either address.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	profile := map[string]any{"firstName": "A", "lastName": "B", "login": "forgets@chu.example", "email": "forgets@chu.example"}
	credentials := map[string]any{"password": map[string]any{"value": "only-for-tests"}, "recovery_question": map[string]any{"question": "Who?", "answer": "nobody"}}
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile, "credentials": credentials}, 200, nil)
	const base = "/api/v1/users/forgets/credentials/forgot_password"
	var link struct{ ResetPasswordURL string }
	if api(t, org, "POST", base+"?sendEmail=false", nil, 200, &link); link.ResetPasswordURL == "" {
		t.Error("no link")
	}
	var user struct{ Status string }
	if api(t, org, "GET", "/api/v1/users/forgets", nil, 200, &user); user.Status != "ACTIVE" {
		t.Errorf("status %s", user.Status)
	}
	for address, answer := range map[string]string{base: "Nobody", base + "_recovery_question": "nobody"} {
		body := map[string]any{"password": map[string]any{"value": "only-for-tests-2"}, "recovery_question": map[string]any{"answer": answer}}
		api(t, org, "POST", address, body, 200, nil)
		body["recovery_question"] = map[string]any{"answer": "somebody"}
		api(t, org, "POST", address, body, 403, nil)
	}
}

// TestChangeOfQuestion: the factor's type may be left out, as the Terraform provider does.
func TestChangeOfQuestion(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const base = "/api/v1/users/cpx/factors"
	question := func(answer string) map[string]any {
		return map[string]any{"profile": map[string]any{"question": "disliked_food", "answer": answer}}
	}
	body := question("fish")
	api(t, org, "POST", base, body, 400, nil)
	body["factorType"], body["provider"] = "question", "OKTA"
	var factor withID
	api(t, org, "POST", base, body, 200, &factor)
	api(t, org, "PUT", base+"/"+factor.ID, question("meat"), 200, nil)
	api(t, org, "POST", base+"/"+factor.ID+"/verify", map[string]any{"answer": "meat"}, 200, nil)
}

// TestAppKeys: keys with certificates, which Okta's SDKs ask for OAuth clients, too.
func TestAppKeys(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	one, _ := newWebApp(t, org, "client_secret_basic", "authorization_code")
	other, _ := newWebApp(t, org, "client_secret_post", "client_credentials")
	keys := func(app string) string { return "/api/v1/apps/" + app + "/credentials/keys" }
	type appKey struct {
		Kid, Kty, Use, N, E string
		X5c                 []string
		Thumbprint          string `json:"x5t#S256"`
		ExpiresAt           time.Time
	}
	var made, read, cloned appKey
	api(t, org, "POST", keys(one)+"/generate?validityYears=2", nil, 201, &made)
	der, err := base64.StdEncoding.DecodeString(strings.Join(made.X5c, ""))
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(der)
	public, _ := certificate.PublicKey.(*rsa.PublicKey)
	if made.Kty != "RSA" || made.Use != "sig" || made.Thumbprint != base64.RawURLEncoding.EncodeToString(digest[:]) ||
		made.N != base64.RawURLEncoding.EncodeToString(public.N.Bytes()) || !certificate.NotAfter.Equal(made.ExpiresAt.Truncate(time.Second)) {
		t.Errorf("key %+v, certificate until %v", made, certificate.NotAfter)
	}
	api(t, org, "GET", keys(one)+"/"+made.Kid, nil, 200, &read)
	api(t, org, "POST", keys(one)+"/"+made.Kid+"/clone?targetAid="+other, nil, 201, &cloned)
	var list []appKey
	api(t, org, "GET", keys(other), nil, 200, &list)
	if diff := cmp.Diff([]appKey{made, made, made}, append(list, read, cloned)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, want := range map[string]int{
		keys(one) + "/generate": 400, keys(one) + "/generate?validityYears=1": 400, keys(one) + "/generate?validityYears=11": 400,
		keys(one) + "/" + made.Kid + "/clone?targetAid=nobody": 404, keys(one) + "/nothing/clone?targetAid=" + other: 404, keys("nobody") + "/generate?validityYears=2": 404,
	} {
		api(t, org, "POST", path, nil, want, nil)
	}
}

// TestBodiesOfOtherKinds: Okta takes JSON only, and says so with a code of its own.
func TestBodiesOfOtherKinds(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for kind, want := range map[string]int{"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON": 200, "application/x-www-form-urlencoded": 400, "text/plain": 400} {
		got := ask(org, "POST", "/api/v1/groups", `{"profile":{"name":"`+kind+`"}}`, "Content-Type", kind)
		if got.Code != want || want == 400 && !strings.Contains(got.Body.String(), `"E0000021"`) {
			t.Errorf("%s: %d %s, want %d", kind, got.Code, got.Body, want)
		}
	}
}

// TestTokenWithoutSpace: Okta's SDK for Python 3.x writes the API token directly after the scheme.
func TestTokenWithoutSpace(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for header, want := range map[string]int{"SSWS" + org.APIToken(): 200, "ssws " + org.APIToken(): 200, "SSWSx" + org.APIToken(): 401, "SSWS": 401, org.APIToken(): 401} {
		if got := ask(org, "GET", "/api/v1/groups", "", "Authorization", header); got.Code != want {
			t.Errorf("%q: %d, want %d", header, got.Code, want)
		}
	}
}

// TestProfiles: values are held against the schema; the answer has all causes.
func TestProfiles(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	api(t, org, "POST", "/api/v1/meta/schemas/user/default", map[string]any{"definitions": map[string]any{"custom": map[string]any{"properties": map[string]any{
		"ward": map[string]any{"type": "string", "title": "Ward", "enum": []string{"A", "B"}}, "beds": map[string]any{"type": "integer", "title": "Beds"},
		"tall": map[string]any{"type": "number", "title": "Tall"}, "night": map[string]any{"type": "boolean", "title": "Night"},
		"kinds": map[string]any{"type": "array", "title": "Kinds", "items": map[string]any{"type": "string"}}, "code": map[string]any{"type": "string", "title": "Code", "minLength": 2, "maxLength": 3},
	}}}}, 200, nil)
	for name, tc := range map[string]struct {
		change map[string]any
		want   []string
	}{
		"good": {map[string]any{"ward": "A", "beds": 3, "tall": 1.5, "night": true, "kinds": []string{"x"}, "code": "été", "secondEmail": nil}, nil},
		"empty": {map[string]any{"login": "", "email": nil, "firstName": "", "lastName": ""}, []string{
			"login: The field cannot be left blank", "firstName: The field cannot be left blank", "lastName: The field cannot be left blank", "email: The field cannot be left blank",
		}},
		"no addresses":    {map[string]any{"login": "abcdef", "email": "abc@"}, []string{"email: Does not match required pattern", "login: Username must be in the form of an email address"}},
		"second address":  {map[string]any{"secondEmail": "x"}, []string{"secondEmail: Does not match required pattern"}},
		"long":            {map[string]any{"firstName": strings.Repeat("é", 51), "code": "abcd"}, []string{"code: The field is too long", "firstName: The field is too long"}},
		"short":           {map[string]any{"login": "a@b", "code": "a"}, []string{"code: The field is too short", "login: The field is too short"}},
		"not allowed":     {map[string]any{"ward": "C"}, []string{"ward: must be one of the values that the schema allows"}},
		"number as text":  {map[string]any{"beds": "3"}, []string{"beds: must be of the type integer"}},
		"fraction":        {map[string]any{"beds": 1.5}, []string{"beds: must be of the type integer"}},
		"text as number":  {map[string]any{"lastName": 3, "night": 1}, []string{"lastName: must be of the type string", "night: must be of the type boolean", "lastName: The field cannot be left blank"}},
		"text as list":    {map[string]any{"kinds": "x"}, []string{"kinds: must be of the type array"}},
		"not of a schema": {map[string]any{"nonsense": "x", "login": ""}, []string{"Property name 'nonsense' is not defined in profile"}},
	} {
		profile := map[string]any{"firstName": "A", "lastName": "B", "login": "fits@chu.example", "email": "fits@chu.example"}
		maps.Copy(profile, tc.change)
		status := http.StatusBadRequest
		if tc.want == nil {
			status = http.StatusOK
		}
		var fault struct {
			ErrorCauses []struct{ ErrorSummary string }
		}
		api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile}, status, &fault)
		var got []string
		for _, cause := range fault.ErrorCauses {
			got = append(got, cause.ErrorSummary)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	profile := map[string]any{"firstName": "A", "lastName": "B", "login": "all@chu.example", "email": "all@chu.example"}
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile, "groupIds": []string{"00gemueveryone000000"}}, 501, nil)
}

// TestStates: what cannot be done with users in their state has a code of its own (Okta developer docs, reference/error-codes
// and reference/api/users).
func TestStates(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	profile := map[string]any{"firstName": "A", "lastName": "B", "login": "staged@chu.example", "email": "staged@chu.example"}
	api(t, org, "POST", "/api/v1/users?activate=false", map[string]any{"profile": profile}, 200, nil)
	type refusal struct {
		status int
		code   string
	}
	const staged, active = "/api/v1/users/staged/", "/api/v1/users/cpx/"
	for _, tc := range []struct {
		path string
		want refusal
	}{
		{active + "lifecycle/activate", refusal{403, "E0000016"}},
		{active + "lifecycle/reactivate", refusal{403, "E0000038"}},
		{active + "lifecycle/unsuspend", refusal{400, "E0000001"}},
		{active + "lifecycle/unlock", refusal{200, ""}},
		{active + "lifecycle/expire_password?tempPassword=true", refusal{200, ""}},
		{active + "credentials/forgot_password", refusal{403, "E0000034"}}, // expired now
		{staged + "lifecycle/suspend", refusal{400, "E0000001"}},
		{staged + "lifecycle/unlock", refusal{403, "E0000032"}},
		{staged + "lifecycle/expire_password", refusal{403, "E0000038"}},
		{staged + "lifecycle/reset_password", refusal{403, "E0000038"}},
		{staged + "lifecycle/deactivate", refusal{200, ""}},
		{staged + "lifecycle/deactivate", refusal{403, "E0000038"}},
	} {
		found := ask(org, "POST", tc.path, "")
		var fault oktaError
		if err := json.Unmarshal(found.Body.Bytes(), &fault); err != nil || (refusal{found.Code, fault.ErrorCode}) != tc.want {
			t.Errorf("%s: %d %s, want %v", tc.path, found.Code, found.Body, tc.want)
		}
		if strings.HasSuffix(tc.path, "tempPassword=true") && !strings.Contains(found.Body.String(), `"tempPassword":"`) {
			t.Errorf("%s: no password: %s", tc.path, found.Body)
		}
	}
	for query, want := range map[string]string{"?nextLogin=changePassword": "E0000124", "?nextLogin=changePassword&activate=false": "E0000125"} {
		body := map[string]any{"profile": map[string]any{"firstName": "A", "lastName": "B", "login": "next@chu.example", "email": "next@chu.example"}}
		if want == "E0000125" {
			body["credentials"] = map[string]any{"password": map[string]any{"value": "only-for-tests"}}
		}
		var fault oktaError
		if api(t, org, "POST", "/api/v1/users"+query, body, 400, &fault); fault.ErrorCode != want {
			t.Errorf("%s: %+v, want %s", query, fault, want)
		}
	}
	for path, want := range map[string]string{
		"/api/v1/users?after=nothing": "E0000029", "/api/v1/groups?after=nothing": "E0000029",
		"/api/v1/users?search=status+pr&filter=status+eq+%22ACTIVE%22": "E0000033", "/api/v1/groups?search=type+pr&filter=type+eq+%22X%22": "E0000033",
	} {
		var fault oktaError
		if api(t, org, "GET", path, nil, 400, &fault); fault.ErrorCode != want {
			t.Errorf("%s: %+v, want %s", path, fault, want)
		}
	}
}

// TestAppWithoutMode: it is refused as Okta does; a mode that is not played says so.
func TestAppWithoutMode(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for body, want := range map[string]int{`{}`: 400, `{"label":"x"}`: 400, `{"label":"x","signOnMode":"SAML_2_0"}`: 501, `{"name":"salesforce","label":"x"}`: 501} {
		if got := ask(org, "POST", "/api/v1/apps", body); got.Code != want {
			t.Errorf("%s: %d %s, want %d", body, got.Code, got.Body, want)
		}
	}
}
