package dev.millrace.standalone;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.SignIn;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.secret.SecretField;
import dev.millrace.secret.SecretFiles;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Settings;
import dev.millrace.standalone.signin.AuthorizationCode;
import dev.millrace.standalone.signin.RefusedSignInException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "authorize",
        description = "Have a user grant the refresh token of a pipeline's source, and put it into its secret.")
final class AuthorizeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "PIPELINE",
            description = "Name of the pipeline, whose source has an authorizeUrl.")
    private String pipeline = "";

    @Option(
            names = "--redirect",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1/callback",
            description =
                    "Where the browser is sent with the code: a URL of this machine, as the API knows it of the client. Without"
                            + " a port a free one is taken. Default: ${DEFAULT-VALUE}")
    private URI redirect = URI.create("http://127.0.0.1/callback");

    @Option(
            names = "--into",
            paramLabel = "FILE",
            description =
                    "Write the secret's value into this file, which only you may read, instead of the home's secrets.")
    private @Nullable Path into;

    private final CommandEnvironment environment;

    AuthorizeCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        environment.logToFile();
        SignIn signIn = signIn();
        SecretFiles secrets = environment.settings(0, false).secrets();
        ObjectMapper json = ObjectMapper.getDefault();
        try (AuthorizationCode flow = flow(signIn, secrets, json)) {
            spec.commandLine().getOut().println("Open this in a browser, and agree there:\n\n" + flow.url() + "\n");
            spec.commandLine().getOut().flush();
            String token = flow.refreshToken();
            spec.commandLine().getOut().println(written(signIn.token(), token, secrets, json));
            return ExitCode.SUCCESS;
        } catch (MillraceException e) {
            throw new WrongCallException(e.detail());
        } catch (RefusedSignInException e) {
            spec.commandLine().getErr().println(TextTable.printable(String.valueOf(e.getMessage())));
            return ExitCode.FAILED;
        }
    }

    private AuthorizationCode flow(SignIn signIn, SecretFiles secrets, ObjectMapper json) {
        try {
            return new AuthorizationCode(signIn, redirect, text -> resolved(text, secrets, json));
        } catch (IllegalArgumentException e) {
            throw new WrongCallException("--redirect: " + e.getMessage());
        } catch (IOException e) {
            throw new WrongCallException("--redirect: can't listen at " + redirect + ": " + e.getMessage());
        }
    }

    private SignIn signIn() throws IOException {
        Settings settings = environment.settings(0, false);
        List<Path> files = settings.pipelines().stream()
                .flatMap(folder -> Stream.of(
                        folder.resolve(pipeline + ".yaml"),
                        folder.resolve(pipeline).resolve("pipeline.yaml")))
                .toList();
        Path file = files.stream().filter(Files::isRegularFile).findFirst().orElse(null);
        if (file == null || !pipeline.matches("[A-Za-z0-9_-]+")) {
            throw new WrongCallException("there is no pipeline '" + pipeline + "' (expected: a file " + pipeline
                    + ".yaml or " + pipeline + "/pipeline.yaml in "
                    + String.join(
                            " or ",
                            settings.pipelines().stream().map(Path::toString).toList()) + ")");
        }
        return switch (PipelineReader.read(file)) {
            case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                throw new WrongCallException(FieldErrors.line(errors.getFirst()));
            case PipelineReader.Result.Valid(Pipeline read, List<Problem.FieldError> _) -> {
                SignIn signIn = read.source().signIn();
                if (signIn == null) {
                    throw new WrongCallException(file + ": source.auth has no authorizeUrl (expected: type"
                            + " oauth2-refresh-token with the page on which a user grants the token)");
                }
                yield signIn;
            }
        };
    }

    private static String resolved(String text, SecretFiles secrets, ObjectMapper json) {
        return SecretReference.resolve(text, reference -> SecretField.of(reference, secrets.read(reference), json));
    }

    /** Of a secret with fields all others stay as they are. */
    private String written(SecretReference target, String token, SecretFiles secrets, ObjectMapper json)
            throws IOException {
        String field = target.field();
        String value = token;
        if (field != null) {
            Map<String, Object> fields = new LinkedHashMap<>(fields(target, secrets, json));
            fields.put(field, token);
            value = json.writeValueAsString(fields);
        }
        if (into != null) {
            Home.write(into.toAbsolutePath(), value);
            return "The value of secret " + target.name() + " is in " + into
                    + "; put it where the pipeline's secrets are.";
        }
        environment.home().secret(target.name(), value);
        return "The refresh token is in secret " + target.name() + (field == null ? "" : ", field " + field) + ", of "
                + environment.home().root() + ".";
    }

    private static Map<String, Object> fields(SecretReference target, SecretFiles secrets, ObjectMapper json) {
        String before;
        try {
            before = secrets.read(target);
        } catch (MillraceException e) {
            return Map.of(); // it is the first field of a new secret
        }
        try {
            Map<String, Object> fields = json.readValue(before, Argument.mapOf(String.class, Object.class));
            return fields == null ? Map.of() : fields;
        } catch (IOException e) {
            // the parser's message quotes the value
            throw new WrongCallException("secret '" + target.name() + "' is no JSON object, so the refresh token can't"
                    + " be its field '" + target.field() + "'");
        }
    }
}
