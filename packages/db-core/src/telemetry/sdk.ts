/** Whether an OpenTelemetry SDK is registered, found out anew for each provider, so that nothing is done without one. */
import {
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

const NAME = '@tothub/db-core';

let tracers: { readonly provider: TracerProvider; readonly tracer: Tracer } | null = null;
let meters: { readonly provider: MeterProvider; readonly meter: Meter | null } | null = null;

/** The tracer of the SDK; null while there is none. */
export function activeTracer(): Tracer | null {
  const provider = trace.getTracerProvider();
  if (tracers?.provider === provider) return tracers.tracer;
  // The API's own stands in until an SDK comes, and has no tracer behind it before.
  const tracer =
    provider instanceof ProxyTracerProvider
      ? (provider.getDelegateTracer(NAME) ?? null)
      : provider.getTracer(NAME);
  if (tracer !== null) tracers = { provider, tracer };
  return tracer;
}

/** The meter of the SDK; null while there is none. */
export function activeMeter(): Meter | null {
  const provider = metrics.getMeterProvider();
  if (meters?.provider !== provider) {
    const meter = provider.getMeter(NAME);
    meters = { provider, meter: meter === createNoopMeter() ? null : meter };
  }
  return meters.meter;
}
