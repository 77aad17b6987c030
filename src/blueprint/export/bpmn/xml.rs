//! The drawing as BPMN 2.0 XML, with diagram interchange so that editors open it as it is.

use crate::text::xml::escaped;
use std::fmt::Write as _;

use super::diagram::{Drawing, Node, NodeKind};
use super::{Dialect, Names, documentation, name};
use crate::blueprint::model::{Blueprint, FieldType};

pub(super) fn write(b: &Blueprint, names: &Names<'_>, dialect: Dialect, drawing: &Drawing) -> String {
    let vendor = match dialect {
        Dialect::Spiff => "",
        Dialect::Camunda7 => " xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\"",
        Dialect::Camunda8 => " xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\"",
    };
    let process = format!("process_{}", name(&b.id));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"{vendor} id=\"definitions_{}\" targetNamespace=\"https://stepwright.dev/blueprint\" exporter=\"stepwright\" exporterVersion=\"{}\">\n",
        name(&b.id),
        env!("CARGO_PKG_VERSION")
    );
    let history = if dialect == Dialect::Camunda7 { " camunda:historyTimeToLive=\"P180D\"" } else { "" };
    let _ = writeln!(out, "  <bpmn:process id=\"{process}\" name=\"{}\" isExecutable=\"true\"{history}>", escaped(&b.title));
    if let Some(summary) = &b.summary {
        let _ = writeln!(out, "    <bpmn:documentation>{}</bpmn:documentation>", escaped(summary));
    }
    for (i, node) in drawing.nodes.iter().enumerate() {
        element(b, names, dialect, drawing, i, node, &mut out);
    }
    for (i, flow) in drawing.flows.iter().enumerate() {
        let (from, to) = (&drawing.nodes[flow.from].id, &drawing.nodes[flow.to].id);
        let label = if flow.name.is_empty() { String::new() } else { format!(" name=\"{}\"", escaped(&flow.name)) };
        let head = format!("    <bpmn:sequenceFlow id=\"flow_{i}\"{label} sourceRef=\"{from}\" targetRef=\"{to}\"");
        match &flow.condition {
            Some(condition) => {
                let _ = writeln!(
                    out,
                    "{head}>\n      <bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">{}</bpmn:conditionExpression>\n    </bpmn:sequenceFlow>",
                    escaped(condition)
                );
            }
            None => {
                let _ = writeln!(out, "{head} />");
            }
        }
    }
    out.push_str("  </bpmn:process>\n");
    diagram(&process, drawing, &mut out);
    out.push_str("</bpmn:definitions>\n");
    out
}

fn element(b: &Blueprint, names: &Names<'_>, dialect: Dialect, drawing: &Drawing, i: usize, node: &Node, out: &mut String) {
    let mut arrows = String::new();
    for (n, _) in drawing.flows.iter().enumerate().filter(|(_, f)| f.to == i) {
        let _ = write!(arrows, "\n      <bpmn:incoming>flow_{n}</bpmn:incoming>");
    }
    for (n, _) in drawing.flows.iter().enumerate().filter(|(_, f)| f.from == i) {
        let _ = write!(arrows, "\n      <bpmn:outgoing>flow_{n}</bpmn:outgoing>");
    }
    let label = if node.name.is_empty() { String::new() } else { format!(" name=\"{}\"", escaped(&node.name)) };
    let default = drawing.flows.iter().position(|f| f.from == i && f.default).map(|n| format!(" default=\"flow_{n}\"")).unwrap_or_default();
    let id = &node.id;
    let (tag, attributes, before, after) = match &node.kind {
        NodeKind::Start => ("startEvent", String::new(), String::new(), String::new()),
        NodeKind::End => ("endEvent", String::new(), String::new(), String::new()),
        NodeKind::Terminate => {
            ("endEvent", String::new(), String::new(), format!("\n      <bpmn:terminateEventDefinition id=\"terminate_{id}\" />"))
        }
        NodeKind::Exclusive => ("exclusiveGateway", default, String::new(), String::new()),
        NodeKind::Parallel => ("parallelGateway", String::new(), String::new(), String::new()),
        NodeKind::Script(script) => (
            "scriptTask",
            " scriptFormat=\"python\"".to_owned(),
            String::new(),
            format!("\n      <bpmn:script>{}</bpmn:script>", escaped(script)),
        ),
        NodeKind::Task { step, groups } => {
            let (attributes, before, after) = task(b, names, dialect, *step, groups, id);
            ("userTask", attributes, before, after)
        }
    };
    let _ = writeln!(out, "    <bpmn:{tag} id=\"{id}\"{label}{attributes}>{before}{arrows}{after}\n    </bpmn:{tag}>");
}

/// Attributes, what stands before and what stands after the arrows of a user task.
fn task(b: &Blueprint, names: &Names<'_>, dialect: Dialect, step: usize, roles: &[String], id: &str) -> (String, String, String) {
    let step = &b.steps[step];
    let text = documentation(step, names);
    let mut before =
        if text.is_empty() { String::new() } else { format!("\n      <bpmn:documentation>{}</bpmn:documentation>", escaped(&text)) };
    let groups: Vec<String> = roles.iter().flat_map(|role| names.groups(role)).collect();
    let joined = escaped(&groups.join(","));
    let mut attributes = String::new();
    match dialect {
        Dialect::Spiff => {}
        Dialect::Camunda7 => {
            if !groups.is_empty() {
                attributes = format!(" camunda:candidateGroups=\"{joined}\"");
            }
            before.push_str(&camunda_form(step));
        }
        Dialect::Camunda8 => {
            let who = if groups.is_empty() {
                String::new()
            } else {
                format!("\n        <zeebe:assignmentDefinition candidateGroups=\"{joined}\" />")
            };
            let _ = write!(before, "\n      <bpmn:extensionElements>\n        <zeebe:userTask />{who}\n      </bpmn:extensionElements>");
        }
    }
    let mut after = String::new();
    for (n, group) in groups.iter().enumerate() {
        let _ = write!(
            after,
            "\n      <bpmn:potentialOwner id=\"owner_{id}_{n}\"><bpmn:resourceAssignmentExpression><bpmn:formalExpression>{}</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>",
            escaped(group)
        );
    }
    (attributes, before, after)
}

fn camunda_form(step: &crate::blueprint::model::Step) -> String {
    let mut fields = String::new();
    for field in &step.fields {
        let id = format!("{}__{}", name(&step.id), name(&field.id));
        let kind = match field.kind {
            FieldType::Number => "long",
            FieldType::Date => "date",
            FieldType::YesNo => "boolean",
            FieldType::Choice => "enum",
            _ => "string",
        };
        let mut inside = String::new();
        for option in field.options.iter().filter(|_| field.kind == FieldType::Choice) {
            let _ = write!(inside, "<camunda:value id=\"{0}\" name=\"{0}\" />", escaped(option));
        }
        if field.required {
            inside.push_str("<camunda:validation><camunda:constraint name=\"required\" /></camunda:validation>");
        }
        let _ = write!(
            fields,
            "\n          <camunda:formField id=\"{id}\" label=\"{}\" type=\"{kind}\">{inside}</camunda:formField>",
            escaped(&field.label)
        );
    }
    if step.approval.is_some() {
        let _ = write!(
            fields,
            "\n          <camunda:formField id=\"outcome_{}\" label=\"Decision\" type=\"enum\"><camunda:value id=\"approved\" name=\"Approved\" /><camunda:value id=\"rejected\" name=\"Rejected\" /></camunda:formField>",
            name(&step.id)
        );
    }
    if fields.is_empty() {
        return String::new();
    }
    format!(
        "\n      <bpmn:extensionElements>\n        <camunda:formData>{fields}\n        </camunda:formData>\n      </bpmn:extensionElements>"
    )
}

fn diagram(process: &str, drawing: &Drawing, out: &mut String) {
    let _ = writeln!(out, "  <bpmndi:BPMNDiagram id=\"diagram\">\n    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"{process}\">");
    for node in &drawing.nodes {
        let marker = if node.kind == NodeKind::Exclusive { " isMarkerVisible=\"true\"" } else { "" };
        let _ = writeln!(
            out,
            "      <bpmndi:BPMNShape id=\"shape_{0}\" bpmnElement=\"{0}\"{marker}>\n        <dc:Bounds x=\"{1}\" y=\"{2}\" width=\"{3}\" height=\"{4}\" />\n      </bpmndi:BPMNShape>",
            node.id, node.at.0, node.at.1, node.size.0, node.size.1
        );
    }
    for (i, flow) in drawing.flows.iter().enumerate() {
        let _ = writeln!(out, "      <bpmndi:BPMNEdge id=\"edge_{i}\" bpmnElement=\"flow_{i}\">");
        for (x, y) in &flow.points {
            let _ = writeln!(out, "        <di:waypoint x=\"{x}\" y=\"{y}\" />");
        }
        out.push_str("      </bpmndi:BPMNEdge>\n");
    }
    out.push_str("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}
