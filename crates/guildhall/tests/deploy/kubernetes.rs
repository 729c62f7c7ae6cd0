//! The manifests.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use crate::{
    files::{at, below, deploy, list, named, only},
    image,
    settings::{Secrets, accepted, hands_over, shared},
    vocabulary::{AFTER_DRAIN, drain_seconds, pages, web_port},
};

/// The equal processes, and those of each role.
pub(crate) const DEPLOYMENTS: [&str; 4] = ["deployment", "roles/gateway", "roles/worker", "roles/web"];

pub(crate) fn manifest(name: &str) -> Value {
    only(&format!("kubernetes/{name}.yaml"))
}

pub(crate) fn pod(deployment: &str) -> Value {
    at(&manifest(deployment), "/spec/template/spec").clone()
}

/// Those of the pod, with the ones that run before.
fn containers(deployment: &str) -> Vec<Value> {
    let pod = pod(deployment);
    let lists = ["/initContainers", "/containers"].map(|kind| at(&pod, kind).as_array().unwrap().clone());
    lists.concat()
}

pub(crate) fn environment(container: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pairs = at(container, "/env").as_array().unwrap().iter();
    pairs.map(|pair| (text(at(pair, "/name")), text(at(pair, "/value")))).collect()
}

/// The standard "restricted", and what goes beyond it.
pub(crate) fn confined(pod: &Value, containers: &[Value]) {
    assert_eq!(at(pod, "/securityContext/runAsNonRoot"), true);
    assert!(at(pod, "/securityContext/runAsUser").as_u64() > Some(0));
    assert_eq!(at(pod, "/securityContext/seccompProfile/type"), "RuntimeDefault");
    assert_eq!(at(pod, "/automountServiceAccountToken"), false);
    for container in containers {
        let context = at(container, "/securityContext");
        assert!(context.get("runAsUser").is_none() && context.get("privileged").is_none(), "{container}");
        assert_eq!(at(context, "/allowPrivilegeEscalation"), false);
        assert_eq!(at(context, "/readOnlyRootFilesystem"), true);
        assert_eq!(list(at(context, "/capabilities/drop")), ["ALL"]);
        assert!(at(container, "/resources/limits/memory").is_string());
        assert!(at(container, "/resources/requests/cpu").is_string(), "the autoscaler needs it");
    }
}

#[test]
fn every_container_is_confined() {
    for deployment in DEPLOYMENTS {
        confined(&pod(deployment), &containers(deployment));
    }
    let labels = manifest("namespace");
    assert_eq!(at(&labels, "/metadata/labels")["pod-security.kubernetes.io/enforce"], "restricted");
}

#[test]
fn an_update_takes_nothing_away_before_something_is_there() {
    for name in DEPLOYMENTS {
        let deployment = manifest(name);
        assert_eq!(at(&deployment, "/kind"), "Deployment");
        assert_eq!(at(&deployment, "/spec/strategy/rollingUpdate/maxUnavailable"), 0);
        assert!(at(&deployment, "/spec/strategy/rollingUpdate/maxSurge").as_u64() > Some(0));
        let pod = pod(name);
        let grace = at(&pod, "/terminationGracePeriodSeconds").as_u64().unwrap();
        assert!(grace >= drain_seconds() + AFTER_DRAIN, "{grace}");
        // Variables that Kubernetes makes of a Service's name would begin as ours do, and be refused.
        assert_eq!(at(&pod, "/enableServiceLinks"), false);
    }
    let budget = manifest("disruption-budget");
    assert_eq!(at(&budget, "/spec/maxUnavailable"), 1);
}

#[test]
fn the_probes_ask_pages_that_exist() {
    let pages = pages();
    for deployment in DEPLOYMENTS {
        let pod = pod(deployment);
        let bot = at(&pod, "/containers/0");
        let port = at(bot, "/ports/0");
        assert_eq!(at(port, "/containerPort"), web_port());
        let wanted =
            [("startupProbe", "/health"), ("livenessProbe", "/health"), ("readinessProbe", "/ready")];
        for (probe, page) in wanted {
            let asked = at(bot, &format!("/{probe}/httpGet"));
            assert_eq!(at(asked, "/path"), page, "{deployment}: {probe}");
            assert!(pages.contains(page), "{deployment}: {probe}");
            assert_eq!(at(asked, "/port"), at(port, "/name"), "{deployment}: {probe}");
        }
    }
    let monitor = manifest("monitoring/service-monitor");
    assert!(pages.contains(at(&monitor, "/spec/endpoints/0/path").as_str().unwrap()));
}

#[test]
fn everything_is_about_the_same_pods() {
    let deployment = manifest("deployment");
    let labels = at(&deployment, "/spec/template/metadata/labels").as_object().unwrap().clone();
    let service = manifest("service");
    let (name, port) =
        (at(&deployment, "/metadata/name"), at(&deployment, "/spec/template/spec/containers/0/ports/0/name"));
    let selectors = [
        ("deployment", "/spec/selector/matchLabels"),
        ("disruption-budget", "/spec/selector/matchLabels"),
        ("network-policy", "/spec/podSelector/matchLabels"),
        ("service", "/spec/selector"),
    ];
    for (file, pointer) in selectors {
        let manifest = manifest(file);
        let selector = at(&manifest, pointer).as_object().unwrap();
        assert!(
            !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value)),
            "{file}"
        );
    }
    let monitor = manifest("monitoring/service-monitor");
    let selector = at(&monitor, "/spec/selector/matchLabels").as_object().unwrap();
    let of_service = at(&service, "/metadata/labels").as_object().unwrap();
    assert!(selector.iter().all(|(key, value)| of_service.get(key) == Some(value)));
    assert_eq!(at(&monitor, "/spec/endpoints/0/port"), at(&service, "/spec/ports/0/name"));
    assert_eq!(at(&service, "/spec/ports/0/targetPort"), port);
    assert_eq!(at(&manifest("network-policy"), "/spec/ingress/0/ports/0/port"), port);
    let scaler = manifest("autoscaler");
    assert_eq!(at(&scaler, "/spec/scaleTargetRef/kind"), "Deployment");
    assert_eq!(at(&scaler, "/spec/scaleTargetRef/name"), name);
    assert!(at(&scaler, "/spec/minReplicas").as_u64() >= Some(2));
}

#[test]
fn the_settings_are_accepted_and_name_one_database() {
    let secrets = Secrets::new();
    let patch = manifest("backups/patch");
    let target =
        at(&manifest("backups/kustomization"), "/patches/0/target/name").as_str().unwrap().to_owned();
    let target = Regex::new(&format!("^(?:{target})$")).unwrap();
    for deployment in DEPLOYMENTS {
        let name = at(&manifest(deployment), "/metadata/name").as_str().unwrap().to_owned();
        for container in containers(deployment) {
            let mut all = image::environment();
            all.extend(environment(&container));
            for (_, value) in &mut all {
                *value = value.replace("/run/secrets/guildhall", secrets.path().to_str().unwrap());
            }
            let said = accepted(deployment, &all);
            assert!(shared(&said), "{deployment}: {said}");
            assert_eq!(hands_over(&said), name.ends_with("-gateway") || name.ends_with("-worker"), "{said}");
            // Those that make backups.
            assert_eq!(target.is_match(&name), matches!(deployment, "deployment" | "roles/worker"), "{name}");
            if !target.is_match(&name) {
                continue;
            }
            all.extend(environment(at(&patch, "/spec/template/spec/containers/0")));
            let said = accepted("backups/patch.yaml", &all);
            assert!(said.contains("backup.every_hours"), "{said}");
            let folder = all.iter().find(|(name, _)| name == "GUILDHALL_BACKUP__FOLDER").unwrap();
            let mounted = at(&patch, "/spec/template/spec/containers/0/volumeMounts/0/mountPath");
            assert_eq!(mounted.as_str(), Some(folder.1.as_str()));
        }
    }
    // The patch finds its containers by their names.
    for deployment in ["deployment", "roles/worker"] {
        for kind in ["initContainers", "containers"] {
            let pointer = format!("/{kind}/0/name");
            assert_eq!(at(&pod(deployment), &pointer), at(&patch, &format!("/spec/template/spec{pointer}")));
        }
    }
}

#[test]
fn secrets_are_examples_and_are_never_applied() {
    for (deployments, example) in
        [(&DEPLOYMENTS[..1], "secret.example"), (&DEPLOYMENTS[1..], "roles/secret.example")]
    {
        let example = named(&format!("kubernetes/{example}.yaml"), "Secret", "guildhall");
        let values = at(&example, "/stringData").as_object().unwrap();
        assert!(values.values().all(|value| value.as_str().unwrap().contains("REPLACE")), "{values:?}");
        let mut files: BTreeSet<String> = BTreeSet::new();
        for deployment in deployments {
            let pod = pod(deployment);
            assert_eq!(at(&pod, "/volumes/0/secret/secretName"), at(&example, "/metadata/name"));
            let mount = at(&pod, "/containers/0/volumeMounts/0/mountPath").as_str().unwrap();
            let file = Regex::new(&format!("^{mount}/(.+)$")).unwrap();
            let named = environment(at(&pod, "/containers/0"));
            let named = named.iter().filter_map(|(_, value)| file.captures(value));
            files.extend(named.map(|found| found[1].to_owned()));
        }
        assert_eq!(files, values.keys().cloned().collect());
    }
}

#[test]
fn every_manifest_is_in_its_kustomization() {
    for folder in ["", "backups/", "monitoring/", "roles/"] {
        let kustomization = manifest(&format!("{folder}kustomization"));
        let mut named: BTreeSet<String> =
            list(at(&kustomization, "/resources")).into_iter().map(str::to_owned).collect();
        for patch in kustomization.get("patches").and_then(Value::as_array).into_iter().flatten() {
            // Others stand there in full.
            named.extend(patch.get("path").map(|path| path.as_str().unwrap().to_owned()));
        }
        for made in kustomization.get("configMapGenerator").and_then(Value::as_array).into_iter().flatten() {
            named.extend(list(at(made, "/files")).into_iter().map(str::to_owned));
        }
        let place = deploy("kubernetes").join(folder);
        let there: BTreeSet<String> = below(&place)
            .iter()
            .filter(|path| {
                path.parent() == Some(place.as_path())
                    || path.parent().unwrap() == place.components().as_path()
            })
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name != "kustomization.yaml" && !name.ends_with(".example.yaml"))
            .collect();
        assert_eq!(named, there, "{folder}");
    }
}
