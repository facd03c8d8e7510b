package oktaemu

import (
	"encoding/json"
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// Fault makes requests fail whose path begins with PathPrefix: by a delay, a status, a body, a
// hang, or a cut connection. It can also be for the org's own calls of hooks, or for a TLS
// connection. Its fields are those of PUT /_emu/faults.
type Fault = store.Fault

// InjectFault adds a fault, as PUT /_emu/faults does. The error says why the fault could never
// happen, or that too many are waiting already.
func (o *Org) InjectFault(fault Fault) (err error) {
	o.store.Do(func(st *store.State) { err = st.AddFault(fault) })
	return err
}

// ClearFaults removes every fault, as DELETE /_emu/faults does.
func (o *Org) ClearFaults() { o.store.Do((*store.State).ClearFaults) }

// Faults returns the faults that still wait. With it, a test can check that its own fault happened.
func (o *Org) Faults() (faults []Fault) {
	o.store.Do(func(st *store.State) { faults = st.Faults() })
	return faults
}

// controlRoutes adds the emulator's own paths, and the answer to all unknown paths.
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

// serveUnknown answers requests that match no route: 405 if another method would match, otherwise
// 501.
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
