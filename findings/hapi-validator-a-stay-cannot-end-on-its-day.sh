#!/usr/bin/env bash
# Maven ca.uhn.hapi.fhir:hapi-fhir-validation 8.8.0 (with HL7's org.hl7.fhir.validation 6.7.9): a Period whose start is a time and whose end
# is that day, or whose start is a day and whose end is that month, is an error. FHIR R4 (datatypes.html#Period) has an end without a time
# take in the whole of its day. The invariant beside that text, per-1, compares the two with <=, for which FHIRPath (6.2, comparison) is
# empty between a time and its day, and empty counts as broken. Who comes at noon and leaves at an hour that nobody wrote down has no Period.
# Seen: a day to itself and noon to one o'clock are right; noon to that day, and a day to its month, are both
# "Constraint failed: per-1: 'If present, start SHALL have a lower value than end'".
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
cat > Periods.java <<'JAVA'
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import org.hl7.fhir.common.hapi.validation.support.*;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
public class Periods {
  public static void main(String[] args) {
    var r4 = FhirContext.forR4();
    var validator = r4.newValidator().registerValidatorModule(new FhirInstanceValidator(new ValidationSupportChain(
        new DefaultProfileValidationSupport(r4), new CommonCodeSystemsTerminologyService(r4), new InMemoryTerminologyServerValidationSupport(r4))));
    String[][] periods = {{"2019-12-10", "2019-12-10"}, {"2019-12-10T12:00:00Z", "2019-12-10T13:00:00Z"},
        {"2019-12-10T12:00:00Z", "2019-12-10"}, {"2019-12-10", "2019-12"}};
    for (var period : periods) {
      var said = validator.validateWithResult("{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Ward\",\"period\":{\"start\":\""
          + period[0] + "\",\"end\":\"" + period[1] + "\"}}]}").getMessages().stream();
      var errors = said.filter(m -> m.getSeverity() == ResultSeverityEnum.ERROR).map(m -> m.getMessage()).toList();
      System.out.println(period[0] + " to " + period[1] + " " + errors);
    }
  }
}
JAVA
java -XX:TieredStopAtLevel=1 -cp 'lib/*' Periods.java 2>/dev/null | tee seen
[ "$(grep -c '\[\]$' seen)" = 2 ] && [ "$(tail -2 seen | grep -c 'Constraint failed: per-1')" = 2 ]
