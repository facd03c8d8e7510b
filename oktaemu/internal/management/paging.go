package management

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// page cuts a list into pages as Okta does: "limit" objects after the one that
// "after" names. next is the query of the following page, "" on the last one.
func pageOf[T any](c *call, items []T, id func(T) string, usual, most int) (page []T, next string, fault *wire.APIError) {
	query := c.r.URL.Query()
	limit := usual
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, "", wire.ErrInvalid("limit", "limit: must be a whole number from 1")
		}
		limit = min(n, most)
	}
	if after := query.Get("after"); after != "" {
		i := slices.IndexFunc(items, func(item T) bool { return id(item) == after })
		if i < 0 {
			return nil, "", errCursor()
		}
		items = items[i+1:]
	}
	if len(items) <= limit {
		return items, "", nil
	}
	page = items[:limit]
	following := url.Values{}
	for name, values := range query {
		following[name] = values
	}
	following.Set("after", id(page[limit-1]))
	following.Set("limit", strconv.Itoa(limit))
	return page, following.Encode(), nil
}

// listPage answers with one page of items, each as show makes it.
func listPage[T any](c *call, items []T, id func(T) string, show func(T) any, usual, most int) (answer, *wire.APIError) {
	page, next, fault := pageOf(c, items, id, usual, most)
	if fault != nil {
		return answer{}, fault
	}
	list := make([]any, len(page))
	for i, item := range page {
		list[i] = show(item)
	}
	return answer{status: http.StatusOK, body: list, list: true, next: next}, nil
}

func errCursor() *wire.APIError {
	return wire.ErrAPI(http.StatusBadRequest, "E0000029", "Invalid paging request. Ensure the pagination cursor has not been altered")
}

// searchOrFilter refuses a request with both.
func searchOrFilter(query url.Values) *wire.APIError {
	if query.Get("search") == "" || query.Get("filter") == "" {
		return nil
	}
	return wire.ErrAPI(http.StatusBadRequest, "E0000033", "Bad request. Can't specify a search query and filter in the same request.")
}

// unpaged is the first page alone, for lists that q does not page.
func unpaged(reply answer, fault *wire.APIError) (answer, *wire.APIError) {
	reply.next = ""
	return reply, fault
}

// sortBy orders the result of a search by the member that sortBy names, as text, and then by id. Without search or sortBy the
// oldest come first.
func sortBy[T any](c *call, items []T, object func(T) any) *wire.APIError {
	query := c.r.URL.Query()
	path, order := query.Get("sortBy"), query.Get("sortOrder")
	if path == "" || query.Get("search") == "" { // then Okta does not look at sortOrder; its Terraform provider sends 0
		return nil
	}
	if !slices.Contains([]string{"", "0", "asc", "desc", "ascending", "descending"}, order) {
		return wire.ErrInvalid("sortOrder", "sortOrder: must be asc or desc")
	}
	type keyed struct {
		key  [2]string
		item T
	}
	list := make([]keyed, len(items))
	for i, item := range items {
		tree := asTree(object(item))
		id, _ := store.Object(tree)["id"].(string)
		list[i] = keyed{[2]string{strings.ToLower(strings.Join(lookUp(tree, strings.Split(path, ".")), " ")), id}, item}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		if a.key[0] == b.key[0] {
			return cmp.Compare(a.key[1], b.key[1])
		}
		if strings.HasPrefix(order, "desc") {
			a, b = b, a
		}
		return cmp.Compare(a.key[0], b.key[0])
	})
	for i, k := range list {
		items[i] = k.item
	}
	return nil
}

// badLength reports whether text is empty or has more than most characters: Okta counts characters, not bytes.
func badLength(text string, most int) bool { return text == "" || utf8.RuneCountInString(text) > most }
