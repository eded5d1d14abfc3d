using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A parameter of a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Text">A sentence that says what it does.</param>
internal sealed record ApiParameter(string Name, Type Type, string Text);

/// <summary>
/// A route of <c>/api/v1</c>: everything that the document says about it, and that the frame enforces. An endpoint carries it as metadata.
/// </summary>
/// <param name="method">The method.</param>
/// <param name="pattern">The pattern.</param>
/// <param name="permission">The permission that it needs.</param>
/// <param name="name">Its operationId, a verb and a noun: <c>pauseReader</c>.</param>
/// <param name="body">The type of the body.</param>
/// <param name="answer">The type of the answer.</param>
internal sealed class ApiRoute(string method, string pattern, Permission permission, string name, Type body, Type answer)
{
    private readonly List<ApiParameter> parameters = [];
    private readonly List<ApiProblem> problems = [];

    public string Method => method;

    public string Pattern => pattern;

    public Permission Permission => permission;

    public string Name => name;

    /// <summary>The type of the body; null for none.</summary>
    public Type? BodyType => body == typeof(NoBody) ? null : body;

    /// <summary>The type of the answer; null for none.</summary>
    public Type? AnswerType => answer == typeof(NoContent) ? null : answer;

    /// <summary>The status of success.</summary>
    public int Status { get; private set; } = answer == typeof(NoContent) ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;

    /// <summary>The content type of success.</summary>
    public string ContentType { get; private set; } = "application/json";

    /// <summary>Bytes of the body at most.</summary>
    public int MaxBody { get; private set; } = RequestBody.MaxBytes;

    /// <summary>A sentence that says what it does.</summary>
    public string Summary { get; private set; } = "";

    /// <summary>More about it, in Markdown; empty for none.</summary>
    public string Description { get; private set; } = "";

    /// <summary>True if it takes If-Match.</summary>
    public bool IsVersioned { get; private set; }

    /// <summary>True if it refuses a request without If-Match.</summary>
    public bool NeedsVersion { get; private set; }

    /// <summary>The subject: the first part of the path.</summary>
    public string Tag => pattern[ApiRoutes.Root.Length..].Split('/', 3)[1];

    /// <summary>True if it changes something, so that it takes an Idempotency-Key.</summary>
    public bool IsAct => !HttpMethods.IsGet(method) && !IsSearch;

    /// <summary>True for a POST that only reads.</summary>
    public bool IsSearch { get; private set; }

    /// <summary>True if its answer is a stream, which is never kept.</summary>
    public bool IsStream { get; private set; }

    /// <summary>The parameters of the query.</summary>
    public IReadOnlyList<ApiParameter> Parameters => parameters;

    /// <summary>All error answers.</summary>
    public IEnumerable<ApiProblem> Problems
    {
        get
        {
            List<ApiProblem> all = [.. problems, ApiProblem.Unreadable, ApiProblem.Invalid, ApiProblem.Failed, ApiProblem.Unavailable];
            all.AddRange(permission == Permission.Open ? [] : [ApiProblem.NoKey, ApiProblem.Forbidden]);
            all.AddRange(HttpMethods.IsGet(method) ? [] : [ApiProblem.TooLarge, ApiProblem.NotJson]);
            all.AddRange(IsAct ? [ApiProblem.Underway, ApiProblem.KeyReused] : []);
            all.AddRange(IsVersioned ? [ApiProblem.Changed] : []);
            all.AddRange(NeedsVersion ? [ApiProblem.NoVersion] : []);
            return all.Distinct();
        }
    }

    /// <summary>Sets the sentence that says what it does, and more in Markdown.</summary>
    public ApiRoute Says(string summary, string description = "")
    {
        (Summary, Description) = (summary, description);
        return this;
    }

    /// <summary>A parameter of the query, which the handler reads from the request. Another one is refused.</summary>
    public ApiRoute Takes<T>(string name, string text)
    {
        parameters.Add(new ApiParameter(name, typeof(T), text));
        return this;
    }

    /// <summary>The answer is a page of a list: it takes <c>limit</c> and <c>cursor</c>.</summary>
    public ApiRoute InPages() => Takes<int>("limit", "Entries on a page, 1 to 200; 50 if it is left out.")
        .Takes<string>("cursor", "The next of the page before; the first page if it is left out.");

    /// <summary>Error answers of the handler. One that is not named here is an error of the program.</summary>
    public ApiRoute Fails(params ApiProblem[] with)
    {
        problems.AddRange(with);
        return this;
    }

    /// <summary>It takes the ETag of the row as If-Match, and answers 412 if the row was changed in between.</summary>
    /// <param name="required">True to refuse a request without it (428).</param>
    public ApiRoute Versioned(bool required = false)
    {
        (IsVersioned, NeedsVersion) = (true, required);
        return this;
    }

    /// <summary>The status of success, if it is not 200 or 204.</summary>
    public ApiRoute Answers(int status)
    {
        Status = status;
        return this;
    }

    /// <summary>A POST that only reads: its body holds what must not stand in a URL.</summary>
    public ApiRoute OnlyReads()
    {
        IsSearch = true;
        return this;
    }

    /// <summary>The handler writes the body itself, as this content type.</summary>
    public ApiRoute Streams(string contentType)
    {
        (ContentType, IsStream) = (contentType, true);
        return this;
    }

    /// <summary>Bytes of the body at most, if it is not 64 KiB.</summary>
    public ApiRoute UpTo(int bytes)
    {
        MaxBody = bytes;
        return this;
    }
}
