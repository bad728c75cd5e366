#!/usr/bin/env bash
# Maven ca.uhn.hapi.fhir:hapi-fhir-validation 8.8.0 (with HL7's org.hl7.fhir.validation 6.7.9): an Observation whose required code is nothing
# but an id is let in. FHIR R4 (element.html, ele-1) has every element hold a value or children besides its id. An
# empty object in the same place is an error, and so is an id alone beside a primitive, for which ele-1 itself is named. The code is
# counted as there, so that its minimum of 1 is met by nothing that can be read.
# Seen: code {"id":"a"}, and name [{"id":"a"}]: no error; code {}: "Object must have some content"; _birthDate {"id":"a"}: "ele-1".
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
cat > Ids.java <<'JAVA'
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import org.hl7.fhir.common.hapi.validation.support.*;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
public class Ids {
  public static void main(String[] args) {
    var r4 = FhirContext.forR4();
    var validator = r4.newValidator().registerValidatorModule(new FhirInstanceValidator(new ValidationSupportChain(
        new DefaultProfileValidationSupport(r4), new CommonCodeSystemsTerminologyService(r4), new InMemoryTerminologyServerValidationSupport(r4))));
    for (var content : new String[] {"'Observation','status':'final','code':{'id':'a'}", "'Patient','name':[{'id':'a'}]",
        "'Observation','status':'final','code':{}", "'Patient','_birthDate':{'id':'a'}"}) {
      var said = validator.validateWithResult(("{'resourceType':" + content + "}").replace('\'', '"')).getMessages().stream();
      System.out.println(content + " " + said.filter(m -> m.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal())
          .map(m -> m.getMessage()).toList());
    }
  }
}
JAVA
java -XX:TieredStopAtLevel=1 -cp 'lib/*' Ids.java 2>/dev/null | tee seen
[ "$(head -2 seen | grep -c '\[\]$')" = 2 ] && sed -n 3p seen | grep -q 'Object must have some content' && sed -n 4p seen | grep -q 'ele-1'
