package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Every error that a service answers with, ours or the framework's, is a {@link Problem}. */
@Singleton
final class ProblemBody implements ErrorResponseProcessor<Problem> {
    /** Names of Java's classes, and where in its buffer a reader of JSON stood, which say nothing to a caller. */
    private static final Pattern INTERNALS =
            Pattern.compile("(?:class )?\\b(?:[a-z]\\w*\\.){2,}[A-Z][\\w$.]*|\\s*(?:at )?\\[Source: [^\\]]*\\]");

    @Override
    public MutableHttpResponse<Problem> processResponse(ErrorContext context, MutableHttpResponse<?> response) {
        HttpStatus status = response.status();
        return response.body(Problem.of(code(status), status.getReason(), detail(context, status))
                        .withStatus(status.getCode()))
                .contentType(Problem.MEDIA_TYPE);
    }

    private static ErrorCode code(HttpStatus status) {
        return switch (status.getCode()) {
            case 401 -> ErrorCode.UNAUTHORIZED;
            case 403 -> ErrorCode.FORBIDDEN;
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 406, 415 -> ErrorCode.MEDIA_TYPE_UNSUPPORTED;
            case 413 -> ErrorCode.BODY_TOO_LARGE;
            case 429 -> ErrorCode.BUSY;
            default -> status.getCode() < 500 ? ErrorCode.REQUEST_INVALID : ErrorCode.INTERNAL;
        };
    }

    /** The framework's messages explain a 4xx; in a 5xx they may quote secrets. */
    private static String detail(ErrorContext context, HttpStatus status) {
        if (status.getCode() >= 500) {
            return "the service's log says more";
        }
        String messages = context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
        return messages.isBlank()
                ? status.getReason()
                : INTERNALS
                        .matcher(messages)
                        .replaceAll(found -> found.group().contains("[Source: ") ? "" : "the expected type");
    }

    /** A {@link MillraceException} knows its code. */
    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class Known implements ExceptionHandler<MillraceException, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, MillraceException exception) {
            HttpStatus status = HttpStatus.valueOf(exception.code().status());
            return HttpResponse.status(status)
                    .body(Problem.of(exception.code(), status.getReason(), exception.detail()))
                    .contentType(Problem.MEDIA_TYPE);
        }
    }
}
