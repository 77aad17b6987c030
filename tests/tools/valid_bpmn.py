#!/usr/bin/env python3
"""Holds BPMN files against the BPMN 2.0 schema (the copy that SpiffWorkflow carries), and every reference against the ids in the file."""
import pathlib
import sys

import SpiffWorkflow.bpmn.parser
from lxml import etree

schema_file = pathlib.Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema" / "BPMN20.xsd"
schema = etree.XMLSchema(etree.parse(str(schema_file)))
for path in sys.argv[1:]:
    document = etree.parse(path)
    if not schema.validate(document):
        sys.exit(f"{path}: {schema.error_log[0]}")
    ids = set(document.xpath("//@id"))
    for name in document.xpath("//@sourceRef | //@targetRef | //@bpmnElement | //@default"):
        if name not in ids:
            sys.exit(f"{path}: nothing has the id {name}")
print(f"bpmn schema: passes, {len(sys.argv) - 1} files")
