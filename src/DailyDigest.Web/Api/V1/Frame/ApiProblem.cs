using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A kind of error answer (RFC 9457). A program looks at <see cref="Code"/>, a person reads <see cref="Title"/>.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code">A word that never changes.</param>
/// <param name="Title">A sentence.</param>
internal sealed record ApiProblem(int Status, string Code, string Title)
{
    public static readonly ApiProblem Unreadable = new(StatusCodes.Status400BadRequest, "unreadable", "The request cannot be read.");

    public static readonly ApiProblem NoKey = new(StatusCodes.Status401Unauthorized, "no-key", "A key is needed.");

    public static readonly ApiProblem Forbidden = new(StatusCodes.Status403Forbidden, "forbidden", "This key is not for this address.");

    public static readonly ApiProblem NotFound = new(StatusCodes.Status404NotFound, "not-found", "There is no such thing.");

    public static readonly ApiProblem NotPossible =
        new(StatusCodes.Status409Conflict, "not-possible", "That is not possible in this state. Nothing was changed.");

    public static readonly ApiProblem Underway =
        new(StatusCodes.Status409Conflict, "under-way", "A request with this Idempotency-Key is still under way.");

    public static readonly ApiProblem Changed =
        new(StatusCodes.Status412PreconditionFailed, "changed", "It was changed in between. Nothing was changed now.");

    public static readonly ApiProblem TooLarge = new(StatusCodes.Status413PayloadTooLarge, "too-large", "The body is too large.");

    public static readonly ApiProblem NotJson =
        new(StatusCodes.Status415UnsupportedMediaType, "not-json", "The body must be application/json in UTF-8.");

    public static readonly ApiProblem Invalid =
        new(StatusCodes.Status422UnprocessableEntity, "invalid", "A value is wrong. Nothing was changed.");

    public static readonly ApiProblem KeyReused = new(
        StatusCodes.Status422UnprocessableEntity, "key-reused", "This Idempotency-Key was used for another request.");

    public static readonly ApiProblem NoVersion =
        new(StatusCodes.Status428PreconditionRequired, "no-version", "Send the ETag that you saw as If-Match.");

    public static readonly ApiProblem TooMany =
        new(StatusCodes.Status429TooManyRequests, "too-many", "Too many requests. Retry-After is the number of seconds to wait.");

    public static readonly ApiProblem Failed =
        new(StatusCodes.Status500InternalServerError, "failed", "The program failed. Its log says why.");

    public static readonly ApiProblem Unavailable =
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", "The store is out of reach, or it took too long. Send it again later.");

    /// <summary>An error answer of this kind.</summary>
    public ApiFault Because(string detail) => new(this, detail);

    /// <summary>A value that is wrong.</summary>
    /// <param name="field">The name of the field, parameter or header.</param>
    /// <param name="rule">The rest of the sentence, such as <c>must be a date</c>.</param>
    public static ApiFault Of(string field, string rule) => new(Invalid, null, [$"{field}: {rule}"]);
}

/// <summary>An error answer.</summary>
/// <param name="Problem">Its kind.</param>
/// <param name="Detail">A sentence about this request; null for none.</param>
/// <param name="Errors">Lines that begin with the name of a field; null for none.</param>
internal sealed record ApiFault(ApiProblem Problem, string? Detail = null, IReadOnlyList<string>? Errors = null)
{
    /// <summary>After this time the request can succeed; null if that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>An answer of this kind without details.</summary>
    public static implicit operator ApiFault(ApiProblem problem) => new(problem);
}

/// <summary>The request cannot be read. It is answered with the fault.</summary>
internal sealed class ApiFaultException(ApiFault fault) : Exception(fault.Problem.Title)
{
    public ApiFault Fault => fault;
}
