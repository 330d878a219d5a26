package dev.millrace.standalone;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may depend on whom. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ArchitectureTest.ProductOnly.class)
class ArchitectureTest {
    private static final String[] SERVICES = {
        "dev.millrace.extractor..", "dev.millrace.transformer..", "dev.millrace.loader..", "dev.millrace.gateway.."
    };

    @ArchTest
    static final ArchRule servicesDoNotDependOnEachOther = slices().matching("dev.millrace.(*)..")
            .namingSlices("$1")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAnyPackage("dev.millrace.."), core())
            .ignoreDependency(resideInAnyPackage("dev.millrace.standalone.."), resideInAnyPackage(SERVICES))
            .ignoreDependency(
                    resideInAnyPackage("dev.millrace.standalone.."), resideInAnyPackage("dev.millrace.emulator.."));

    @ArchTest
    static final ArchRule coreKnowsNobody = noClasses()
            .that(core())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.millrace.standalone..")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    /** They are started by their names; all else goes over HTTP. */
    @ArchTest
    static final ArchRule standaloneUsesOnlyWhatTheServicesExpose = noClasses()
            .that()
            .resideInAPackage("dev.millrace.standalone..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    @ArchTest
    static final ArchRule standalonePackagesHaveAnOrder =
            slices().matching("dev.millrace.standalone.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule gatewayRoomsHaveAnOrder =
            slices().matching("dev.millrace.gateway.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheLoaderOpensTheWarehouse = noClasses()
            .that()
            .resideInAnyPackage("dev.millrace.extractor..", "dev.millrace.gateway..", "dev.millrace.standalone..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.duckdb..");

    @ArchTest
    static final ArchRule loggingIsSlf4j = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule onlyTheCommandLinePrints = noClasses()
            .that()
            .doNotBelongToAnyOf(Main.class, ServiceCommand.class)
            .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule namesSayWhatThingsAre = classes()
            .should()
            .haveSimpleNameNotEndingWith("Manager")
            .andShould()
            .haveSimpleNameNotEndingWith("Helper")
            .andShould()
            .haveSimpleNameNotEndingWith("Utils");

    @ArchTest
    static final ArchRule packagesAreNamedForWhatTheyTouch =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..dto..");

    private static DescribedPredicate<JavaClass> core() {
        return resideInAnyPackage(
                "dev.millrace.format..",
                "dev.millrace.pipeline..",
                "dev.millrace.task..",
                "dev.millrace.staging..",
                "dev.millrace.problem..",
                "dev.millrace.gcp..",
                "dev.millrace.mask..",
                "dev.millrace.service..",
                "dev.millrace.trace..",
                "dev.millrace.worker..",
                "dev.millrace.sql..");
    }

    /** Tests of other modules come as folders or as jars. */
    static final class ProductOnly implements ImportOption {
        private static final ImportOption NO_TEST_FOLDERS = new DoNotIncludeTests();

        @Override
        public boolean includes(Location location) {
            return NO_TEST_FOLDERS.includes(location) && !location.contains("-tests.jar");
        }
    }
}
