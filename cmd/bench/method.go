package main

// method tells how it was measured, and on what.
func (d *document) method(p printf) {
	m := d.machine
	p("## Machine\n\n| | |\n| --- | --- |")
	p("| processor | %d × %s |\n| memory | %s |\n| kernel | Linux %s |", m.cores, m.cpu, m.memory, m.kernel)
	p("| load average before (1, 5, 15 min) | %s |", m.load)
	p("| processor time of other programs meanwhile | %.1f %% |", 100*d.elsewhere)
	p("| Go | %s |\n| Node.js | %s, Express %s |\n| wrk | %s |\n| commit | %s |", m.goVersion, m.node, m.express, m.wrk, m.at)
	p("| begun, took | %s, %.0f s |\n", d.begin.UTC().Format("2006-01-02 15:04 MST"), d.took.Seconds())
	p("## How it was measured\n")
	if m.unpinned == "" {
		p("Each target is a process of its own, started in turn on the same port and tied to core 0; the load generator and the collector of traces are tied to core 1. So every target has exactly one core.")
	} else {
		p("Each target is a process of its own, started in turn on the same port. Not tied to cores: %s.", m.unpinned)
	}
	p("All are on loopback. The targets:\n")
	p("- (a) bare Echo v4: reads the whole body, keeps nothing of it, writes a fixed answer of the same size (%d bytes).", m.answerBytes)
	p("- (b) pschook as shipped (`-trimpath`, the Makefile's build tags, stripped, no cgo) in production configuration: static tid, one secret, metrics, a JSON log line for each call to a file, no tracing.")
	p("- (c) the same, a tenth of the calls traced and exported by OTLP/HTTP.")
	p("- (d) Express 4 in production mode: checks the secret, parses the JSON, answers with oid, tid and amr; no metrics, no log, no further checks.\n")
	p("The request is a token hook call of %d bytes; its `eventId` and `jti` differ from call to call.\n", m.callBytes)
	if d.compared != nil {
		d.comparing(p)
	}
	p("- A closed loop sends the next call on a connection when the last is answered: it tells the throughput. It is made by wrk, one thread.")
	p("- An open loop, always made by the generator of cmd/bench, sends at a fixed rate over %d kept connections and counts time from when a call was due, so that a stall is charged to all calls that were due meanwhile (coordinated omission corrected).", openConnections)
	p("- https is TLS with an ECDSA P-256 certificate, the same for all; a new connection means a full handshake.")
	p("- Every answer counts only if it is right: status and length of all, the whole text of those of open loops and of samples of the others. A wrong one voids the run. pschook's own count and log must hold a line for each call, the collector a span for one in ten.")
	p("- CPU is the processor time of the target, kernel included, divided by the calls.")
	p("- Memory is VmRSS; its growth is the slope of %d readings, by least squares, over the last half of the calls, each for a token of its own.", d.plan.slices)
	p("- Growth is measured over http at 32 connections, %d times; for the number of connections the service's own limits on them (`PSCHOOK_MAX_CONNECTIONS`, `PSCHOOK_HOOK_MAX_CONCURRENT`) are raised.", d.plan.growthRounds)
}

// comparing tells how the comparison was made.
func (d *document) comparing(p printf) {
	samples, repeated, worst := d.compared.stolen()
	p("%d rounds (of %d planned); in each, for each load, every target is started, warmed up for %v (Express, which V8 compiles meanwhile, %v) and put under the load (closed loops %v, open loops %v), one right after the other, in another order each time. Ratios are made between these neighbours.\n",
		d.compared.rounds, d.plan.rounds, d.plan.warmUp, d.plan.warmUpJIT, d.plan.closed, d.plan.open)
	if d.plan.tries > 1 {
		p("A run is repeated, up to %d times, while other machines on the same host took more than %.0f %% of the processor time (steal in /proc/stat); the one counts in which they took least, whatever it showed. %d of %d samples were repeated; in the worst that counts they took %.1f %%.\n",
			d.plan.tries-1, 100*hardlyStolen, repeated, samples, 100*worst)
	}
}
