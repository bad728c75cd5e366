#!/usr/bin/env bash
# Maven ca.uhn.hapi.fhir:hapi-fhir-validation 8.8.0 (with HL7's org.hl7.fhir.validation 6.7.9): a profile that forbids one value of a
# repeating primitive, by a slice of at most 0 that is told apart by its value, forbids nothing. FHIR R4 (profiling.html#slicing, and
# ElementDefinition.max) has the limits of a slice hold for what is in it. At most 1 is held to for the same slice, and
# at most 0 is where a complex element is sliced, so that a guide whose tests all pass can let in just what it rules out.
# Seen, of the slice of the given name Bob: at most 1, Bob twice: "max allowed = 1, but found 2"; at most 0, Bob once: no error; of the
# slice of telecom by the system fax: at most 0, one fax: "max allowed = 0, but found 1".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
need() { echo "<dependency><groupId>ca.uhn.hapi.fhir</groupId><artifactId>$1</artifactId><version>8.8.0</version></dependency>"; }
cat > pom.xml <<XML
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version><dependencies>
$(need hapi-fhir-validation; need hapi-fhir-structures-r4; need hapi-fhir-validation-resources-r4; need hapi-fhir-caching-caffeine)
</dependencies></project>
XML
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib >/dev/null
cat > Slices.java <<'JAVA'
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import org.hl7.fhir.common.hapi.validation.support.*;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
public class Slices {
  static final String HEAD = """
      {"resourceType":"StructureDefinition","url":"http://example.org/p","name":"P","status":"active","kind":"resource","abstract":false,
      "type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[
      {"path":"%1$s","slicing":{"discriminator":[{"type":"value","path":"%2$s"}],"rules":"open"}},
      {"id":"%1$s:one","path":"%1$s","sliceName":"one","max":"%3$s"%4$s}]}}""";
  static void ask(String path, String by, String max, String rest, String content) {
    var r4 = FhirContext.forR4();
    var known = new PrePopulatedValidationSupport(r4);
    known.addResource(r4.newJsonParser().parseResource(HEAD.formatted(path, by, max, rest)));
    var validator = r4.newValidator().registerValidatorModule(new FhirInstanceValidator(new ValidationSupportChain(known,
        new DefaultProfileValidationSupport(r4), new CommonCodeSystemsTerminologyService(r4),
        new InMemoryTerminologyServerValidationSupport(r4), new SnapshotGeneratingValidationSupport(r4))));
    var said = validator.validateWithResult("{\"resourceType\":\"Patient\",\"meta\":{\"profile\":[\"http://example.org/p\"]}," + content + "}");
    System.out.println(path + " at most " + max + ", " + content + " " + said.getMessages().stream()
        .filter(m -> m.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()).map(m -> m.getMessage()).toList());
  }
  public static void main(String[] args) {
    ask("Patient.name.given", "$this", "1", ",\"fixedString\":\"Bob\"", "\"name\":[{\"given\":[\"Bob\",\"Bob\"]}]");
    ask("Patient.name.given", "$this", "0", ",\"fixedString\":\"Bob\"", "\"name\":[{\"given\":[\"Ann\",\"Bob\"]}]");
    ask("Patient.telecom", "system", "0", "},{\"id\":\"Patient.telecom:one.system\",\"path\":\"Patient.telecom.system\",\"fixedCode\":\"fax\"",
        "\"telecom\":[{\"system\":\"fax\",\"value\":\"2\"}]");
  }
}
JAVA
java -XX:TieredStopAtLevel=1 -cp 'lib/*' Slices.java 2>/dev/null | tee seen
sed -n 1p seen | grep -q 'max allowed = 1, but found 2' && sed -n 2p seen | grep -q '\[\]$' && sed -n 3p seen | grep -q 'max allowed = 0, but found 1'
