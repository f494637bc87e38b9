/** Manifests of pods and ConfigMaps, as objects. */

/** The directory in which the library expects the values of a namespace. */
export const VALUES = '/etc/sentry-options/values';

/** Returns a ConfigMap with the values of a namespace. `entries`: its keys and texts, instead of a `values.json` of `options`. */
export function configMap(name, options, { entries, ...more } = {}) {
  const data = entries ?? { 'values.json': valuesText(options) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, ...more };
}

/** Returns the text of a values file, as `sentry-options write` makes it. */
export function valuesText(options) {
  return JSON.stringify({ options, generated_at: new Date().toISOString() });
}

/** Returns a volume of a ConfigMap and its mount. `source` and `mount` add fields to the two. */
export function volume(name, configMapName, path, { source = {}, mount = {} } = {}) {
  return {
    volume: { name, configMap: { name: configMapName, ...source } },
    mount: { name, mountPath: path, ...mount },
  };
}

/** The pod's template. `volumes`: from volume(); by default the ConfigMap `seer`, mounted as a directory. */
function template({ image, name, volumes = [volume('seer', 'seer', `${VALUES}/seer`)], env = {}, pod, container }) {
  return {
    metadata: { labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 10,
      volumes: volumes.map((one) => one.volume),
      containers: [
        {
          name: 'service',
          image,
          imagePullPolicy: 'IfNotPresent',
          env: Object.entries({ SENTRY_OPTIONS_INSPECT: 1, ...env }).map(([key, value]) => ({
            name: key,
            value: String(value),
          })),
          volumeMounts: volumes.map((one) => one.mount),
          ...container,
        },
      ],
      ...pod,
    },
  };
}

/** Returns a pod of the service; see template() for the fields of `parts`. */
export function pod(parts) {
  const { metadata, spec } = template(parts);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: parts.name }, spec };
}

/**
 * Returns a Deployment of the service. The probe asks the service's own port, on which it listens after `init()`: without
 * one, a pod is ready as soon as its process has started, and a rollout to pods that fail would end all that serve.
 */
export function deployment({ replicas = 1, ...parts }) {
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: parts.name },
    spec: {
      replicas,
      selector: { matchLabels: { app: parts.name } },
      template: template({ ...parts, container: { readinessProbe } }),
    },
  };
}
