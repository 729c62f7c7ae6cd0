//! The manifests of a bot that is split by roles.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Map, Value};

use crate::{
    files::{at, list, named, text},
    kubernetes::{confined, environment, manifest, pod},
    vocabulary::settings,
};

const ROLES: [&str; 3] = ["gateway", "worker", "web"];

fn one(file: &str, kind: &str, name: &str) -> Value {
    named(&format!("kubernetes/roles/{file}.yaml"), kind, name)
}

fn labels(value: &Value, pointer: &str) -> Map<String, Value> {
    at(value, pointer).as_object().unwrap().clone()
}

/// The labels of the pods of a role, or of NATS.
fn pods(name: &str) -> Map<String, Value> {
    labels(&manifest(&format!("roles/{name}")), "/spec/template/metadata/labels")
}

fn selects(selector: &Value, labels: &Map<String, Value>) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten();
    let mut listed = selector["matchExpressions"].as_array().into_iter().flatten();
    equal.into_iter().all(|(key, value)| labels.get(key) == Some(value))
        && listed.all(|one| {
            assert_eq!(at(one, "/operator"), "In");
            let found = at(one, "/key").as_str().and_then(|key| labels.get(key)).and_then(Value::as_str);
            found.is_some_and(|found| list(at(one, "/values")).contains(&found))
        })
}

#[test]
fn each_role_is_what_its_name_says_and_everything_is_about_its_pods() {
    for role in ROLES {
        let deployment = manifest(&format!("roles/{role}"));
        let name = format!("guildhall-{role}");
        assert_eq!(at(&deployment, "/metadata/name"), &*name);
        assert_eq!(list(at(&deployment, "/spec/template/spec/containers/0/args")), [role]);
        let pods = pods(role);
        assert_eq!(pods["app.kubernetes.io/component"], role);
        assert_eq!(labels(&deployment, "/spec/selector/matchLabels"), pods);
        let budget = one("disruption-budgets", "PodDisruptionBudget", &name);
        assert_eq!(labels(&budget, "/spec/selector/matchLabels"), pods);
        assert_eq!(at(&budget, "/spec/maxUnavailable"), 1);
        // How many workers is the autoscaler's to say.
        let replicas = at(&deployment, "/spec").get("replicas").and_then(Value::as_u64);
        assert_eq!(replicas.is_none(), role == "worker", "{role}");
        assert!(replicas.is_none_or(|replicas| replicas >= 2), "{role}");
        // What holds for all processes of the bot holds for it.
        assert!(selects(at(&manifest("network-policy"), "/spec/podSelector"), &pods), "{role}");
    }
    for role in ["gateway", "worker"] {
        let service = one("services", "Service", &format!("guildhall-{role}"));
        assert_eq!(labels(&service, "/spec/selector"), pods(role));
        let monitor = manifest("monitoring/service-monitor");
        assert!(selects(at(&monitor, "/spec/selector"), &labels(&service, "/metadata/labels")));
        assert_eq!(at(&monitor, "/spec/endpoints/0/port"), at(&service, "/spec/ports/0/name"));
    }
}

#[test]
fn what_is_of_the_equal_processes_goes_and_the_page_becomes_that_of_web() {
    let kustomization = manifest("roles/kustomization");
    let patches: Vec<Value> = at(&kustomization, "/patches")
        .as_array()
        .unwrap()
        .iter()
        .map(|patch| serde_saphyr::from_str(at(patch, "/patch").as_str().unwrap()).unwrap())
        .collect();
    let same = |one: &Value, other: &Value| {
        ["/apiVersion", "/kind", "/metadata/name"]
            .iter()
            .all(|pointer| at(one, pointer) == at(other, pointer))
    };
    for file in ["deployment", "disruption-budget", "autoscaler"] {
        let gone = manifest(file);
        assert!(patches.iter().any(|patch| patch["$patch"] == "delete" && same(patch, &gone)), "{file}");
    }
    let service = manifest("service");
    let page = patches.iter().find(|patch| same(patch, &service)).unwrap();
    let mut selector = labels(&service, "/spec/selector");
    selector.extend(labels(page, "/spec/selector"));
    assert_eq!(selector, pods("web"));
}

#[test]
fn workers_are_scaled_by_what_waits() {
    let scaler = one("autoscaler", "HorizontalPodAutoscaler", "guildhall-worker");
    assert_eq!(at(&scaler, "/spec/scaleTargetRef/kind"), "Deployment");
    assert_eq!(at(&scaler, "/spec/scaleTargetRef/name"), "guildhall-worker");
    assert!(at(&scaler, "/spec/minReplicas").as_u64() >= Some(2));
    let figures: BTreeSet<&str> = at(&scaler, "/spec/metrics")
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|metric| metric.pointer("/pods/metric/name").or(metric.pointer("/external/metric/name")))
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(figures, BTreeSet::from(["guildhall_runtime_job_oldest_seconds", "guildhall_bus_unfinished"]));
    let rules = crate::files::only("kubernetes/roles/adapter.example.yaml");
    for (kind, name) in
        [("custom", "guildhall_runtime_job_oldest_seconds"), ("external", "guildhall_bus_unfinished")]
    {
        let rule = at(&rules, &format!("/rules/{kind}/0"));
        assert_eq!(at(rule, "/name/as"), name);
        assert!(at(rule, "/seriesQuery").as_str().unwrap().starts_with(name));
    }
}

#[test]
fn the_servers_of_the_bus_are_confined_and_know_each_other() {
    let nats = one("nats", "StatefulSet", "guildhall-nats");
    let server = at(&nats, "/spec/template/spec");
    confined(server, at(server, "/containers").as_array().unwrap());
    assert_eq!(labels(&nats, "/spec/selector/matchLabels"), pods("nats"));
    let budget = one("disruption-budgets", "PodDisruptionBudget", "guildhall-nats");
    assert_eq!(labels(&budget, "/spec/selector/matchLabels"), pods("nats"));
    let service = one("services", "Service", at(&nats, "/spec/serviceName").as_str().unwrap());
    assert_eq!(at(&service, "/spec/clusterIP"), "None");
    assert_eq!(labels(&service, "/spec/selector"), pods("nats"));

    let secret = one("secret.example", "Secret", "guildhall-nats");
    let routes = at(&secret, "/stringData/routes.conf").as_str().unwrap();
    let route = Regex::new(r"@(guildhall-nats-\d+)\.guildhall-nats:6222").unwrap();
    let named: Vec<String> = route.captures_iter(routes).map(|found| found[1].to_owned()).collect();
    let replicas = at(&nats, "/spec/replicas").as_u64().unwrap();
    let wanted: Vec<String> = (0..replicas).map(|number| format!("guildhall-nats-{number}")).collect();
    assert_eq!(named, wanted);
    let kept: u64 = settings()["GUILDHALL_BUS__REPLICAS"].parse().unwrap();
    for role in ["gateway", "worker"] {
        let environment = environment(at(&pod(&format!("roles/{role}")), "/containers/0"));
        let told = environment.iter().find(|(name, _)| name == "GUILDHALL_BUS__REPLICAS");
        assert_eq!(told.map_or(kept, |(_, value)| value.parse().unwrap()), replicas, "{role}");
    }

    let conf = text("deploy/kubernetes/roles/nats.conf");
    let mounts = at(server, "/containers/0/volumeMounts").as_array().unwrap();
    let mounted = |path: &str| mounts.iter().any(|mount| at(mount, "/mountPath") == path);
    assert!(mounted("/data") && conf.contains("store_dir: /data\n"));
    assert!(mounted("/etc/nats") && mounted("/etc/nats-secrets") && mounted("/run/nats"));
    assert!(conf.contains("sync_interval: always") && conf.contains("pid_file: /run/nats/nats.pid"));
    let included = Regex::new(r"(?m)^\s*include \.\./nats-secrets/(\S+)$").unwrap();
    let included: BTreeSet<String> = included.captures_iter(&conf).map(|found| found[1].to_owned()).collect();
    let files = at(&secret, "/stringData").as_object().unwrap();
    assert_eq!(included, files.keys().cloned().collect());
}

#[test]
fn nobody_but_gateways_and_workers_reaches_the_bus() {
    let policy = one("network-policy", "NetworkPolicy", "guildhall-nats");
    assert!(selects(at(&policy, "/spec/podSelector"), &pods("nats")));
    assert_eq!(list(at(&policy, "/spec/policyTypes")), ["Ingress", "Egress"]);
    let out = one("network-policy", "NetworkPolicy", "guildhall-bus");
    let rules = at(&policy, "/spec/ingress").as_array().unwrap();
    let allowed = |port: &str, from: &Map<String, Value>| {
        rules.iter().any(|rule| {
            at(rule, "/ports/0/port") == port
                && at(rule, "/from")
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|peer| selects(at(peer, "/podSelector"), from))
        })
    };
    for (name, takes_part) in [("gateway", true), ("worker", true), ("web", false), ("nats", false)] {
        assert_eq!(allowed("nats", &pods(name)), takes_part, "{name}");
        assert_eq!(selects(at(&out, "/spec/podSelector"), &pods(name)), takes_part, "{name}");
        assert_eq!(allowed("routes", &pods(name)), name == "nats", "{name}");
    }
    assert!(selects(at(&out, "/spec/egress/0/to/0/podSelector"), &pods("nats")));
    let ports = at(&manifest("roles/nats"), "/spec/template/spec/containers/0/ports").clone();
    for port in ["nats", "routes"] {
        assert!(ports.as_array().unwrap().iter().any(|one| at(one, "/name") == port), "{port}");
    }
    assert!(!at(&pod("roles/web"), "/containers/0/env").to_string().contains("GUILDHALL_BUS"));
}
