/** What the relay counts, for `/metrics`: counts and times only, no label ever names a home, a device or a camera. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly connections: Gauge<'kind'>;
  readonly subscriptions: Gauge;
  readonly units: Counter<'direction'>;
  readonly bytes: Counter<'direction'>;
  readonly drops: Counter<'reason'>;
  readonly refusals: Counter<'code'>;
  readonly strangersPutOut: Counter;
  readonly overAllowance: Counter<'kind'>;
  readonly incidents: Counter<'grade'>;
  readonly sightings: Counter<'grade'>;
  readonly strays: Counter;
  readonly incidentSeconds: Histogram;
  readonly evidence: Counter<'kind' | 'matched'>;
  readonly ledgerRows: Counter;
  readonly commitSeconds: Histogram;
  readonly gateSeconds: Histogram;
}

const SECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2];

/** One registry a relay, so that two relays of one process (tests) do not share counts. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 500 });
  return {
    registry,
    connections: new Gauge({ name: 'sealcam_connections', help: 'Open sockets', labelNames: ['kind'], registers }),
    subscriptions: new Gauge({ name: 'sealcam_subscriptions', help: 'Running viewings, one a stream', registers }),
    units: new Counter({ name: 'sealcam_units_total', help: 'Sealed units', labelNames: ['direction'], registers }),
    bytes: new Counter({
      name: 'sealcam_unit_bytes_total',
      help: 'Bytes of sealed units',
      labelNames: ['direction'],
      registers,
    }),
    drops: new Counter({
      name: 'sealcam_drops_total',
      help: 'Sealed units not passed on',
      labelNames: ['reason'],
      registers,
    }),
    refusals: new Counter({ name: 'sealcam_refusals_total', help: 'Errors answered', labelNames: ['code'], registers }),
    strangersPutOut: new Counter({
      name: 'sealcam_strangers_put_out_total',
      help: 'Connections of nobody known that gave their place up to a newer one',
      registers,
    }),
    overAllowance: new Counter({
      name: 'sealcam_over_allowance_total',
      help: 'What a home asked or sent beyond its allowance',
      labelNames: ['kind'],
      registers,
    }),
    incidents: new Counter({
      name: 'sealcam_incidents_total',
      help: 'Incidents, by the grade of the evidence',
      labelNames: ['grade'],
      registers,
    }),
    sightings: new Counter({
      name: 'sealcam_sightings_total',
      help: 'Frames that were stopped, refused or seen by a canary, by the grade of the evidence',
      labelNames: ['grade'],
      registers,
    }),
    strays: new Counter({
      name: 'sealcam_stray_messages_total',
      help: 'Lists of members and bulletins that a viewer refused since they were not its home’s, or were old',
      registers,
    }),
    incidentSeconds: new Histogram({
      name: 'sealcam_incident_seconds',
      help: 'From the evidence to the incident that everybody concerned has heard of',
      buckets: SECONDS,
      registers,
    }),
    evidence: new Counter({
      name: 'sealcam_evidence_total',
      help: 'Signed receipts and reports of viewers, by whether they match what was sent',
      labelNames: ['kind', 'matched'],
      registers,
    }),
    ledgerRows: new Counter({ name: 'sealcam_ledger_rows_total', help: 'Rows of the ledger', registers }),
    commitSeconds: new Histogram({
      name: 'sealcam_ledger_commit_seconds',
      help: 'One durable group of ledger rows',
      buckets: SECONDS,
      registers,
    }),
    gateSeconds: new Histogram({
      name: 'sealcam_gate_seconds',
      help: 'One answer of the gate',
      buckets: SECONDS,
      registers,
    }),
  };
}
