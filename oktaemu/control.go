package oktaemu

import (
	"encoding/json"
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// Fault is trouble for the requests whose path begins with PathPrefix: a delay, a
// status, a body, a hang, a cut connection; or for the org's own calls of hooks, or
// for a TLS connection. Its fields are those of PUT /_emu/faults.
type Fault = store.Fault

// InjectFault adds a fault, as PUT /_emu/faults does.
// The error says what could never be met in fault, or that too many wait already.
func (o *Org) InjectFault(fault Fault) (err error) {
	o.store.Do(func(st *store.State) { err = st.AddFault(fault) })
	return err
}

// ClearFaults removes every fault, as DELETE /_emu/faults does.
func (o *Org) ClearFaults() { o.store.Do((*store.State).ClearFaults) }

// Faults returns the faults that still wait, so that a test can see that its own was met.
func (o *Org) Faults() (faults []Fault) {
	o.store.Do(func(st *store.State) { faults = st.Faults() })
	return faults
}

// controlRoutes are the emulator's own paths, and the answer to all that it does not know.
func (o *Org) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_emu/hook-calls", func(w http.ResponseWriter, _ *http.Request) {
		wire.WriteJSON(w, http.StatusOK, o.HookCalls())
	})
	mux.HandleFunc("GET /_emu/seed", o.serveSeed)
	mux.HandleFunc("GET /_emu/faults", func(w http.ResponseWriter, _ *http.Request) {
		wire.WriteJSON(w, http.StatusOK, o.Faults())
	})
	mux.HandleFunc("PUT /_emu/faults", o.serveAddFault)
	mux.HandleFunc("DELETE /_emu/faults", func(w http.ResponseWriter, _ *http.Request) {
		o.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { serveUnknown(mux, w, r) })
}

func (o *Org) serveAddFault(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&fault)
	if err == nil {
		err = o.InjectFault(fault)
	}
	if err != nil {
		wire.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "fault: " + err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveUnknown answers what no route matches: 405 where another method would
// do, else 501.
func serveUnknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := mux.Handler(probe); pattern != "/" && pattern != "" {
			wire.WriteAPIError(w, wire.ErrMethod())
			return
		}
	}
	wire.WriteAPIError(w, wire.ErrUnknownPath(r))
}
