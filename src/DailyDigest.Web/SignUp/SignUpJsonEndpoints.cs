using System.Text.Json;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// /signup.json: GET returns a question, POST signs up a reader with its answer or with one of <c>Api__Keys</c>. It reveals no more than
/// the page. Browsers may call it from <c>SignUp__Origins</c> (Fetch standard, CORS), never with credentials or a key.
/// </summary>
internal sealed class SignUpJsonEndpoints(
    AdmitSignUp admit, HumanCheck check, ClientNetwork network, PageRenderer pages, ApiKeyCheck keys, SignUpOptions options,
    OwnOrigin own, Publication publication)
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/signup.json";

    /// <summary>Answers GET, HEAD, POST and OPTIONS.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.Vary = "Origin, Accept-Language";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && options.Allows(origin))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = "Retry-After";
            headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }
        else if ((origin.Length > 0 || HttpMethods.IsPost(request.Method)) && !own.Allows(request))
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "This origin is not one of SignUp__Origins.");
            return;
        }

        await (request.Method switch
        {
            "OPTIONS" => PreflightAsync(context),
            "POST" => PostAsync(context),
            _ => QuestionAsync(context),
        });
    }

    private static Task PreflightAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = "GET, HEAD, POST, OPTIONS";
        if (context.Response.Headers.AccessControlAllowOrigin.Count > 0)
        {
            context.Response.Headers.AccessControlAllowMethods = "GET, POST";
            context.Response.Headers.AccessControlAllowHeaders = "Content-Type";
            context.Response.Headers.AccessControlMaxAge = "600";
        }

        return Task.CompletedTask;
    }

    private Task QuestionAsync(HttpContext context)
    {
        var (view, question) = (pages.View(context), check.Create());
        return Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new
        {
            check = question.Token,
            text = view.Texts["SignUp.Sum", view.Texts["Number." + question.First], view.Texts["Number." + question.Second]],
            sum = $"{question.First} + {question.Second} =",
            language = view.Language,
            consent = view.Texts["Consent", publication.Name],
            expiresInSeconds = (int)HumanCheck.Lifetime.TotalSeconds,
        });
    }

    private async Task PostAsync(HttpContext context)
    {
        var byKey = ApiKeyCheck.HasHeader(context.Request);
        if (byKey && !await keys.RequireAsync(context, ApiScopes.SignUp))
        {
            return;
        }

        if (await RequestBody.JsonAsync(context) is not { } body)
        {
            return;
        }

        if (Read(body) is not { } fields)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body must be a JSON object of the documented shape.");
            return;
        }

        if (!string.IsNullOrEmpty(fields.Website))
        {
            await AcceptedAsync(context);
            return;
        }

        var admission = await admit.ExecuteAsync(
            new SignUpRequest(
                fields.Email, "json", fields.Language ?? pages.View(context).Language, fields.Zone, fields.Hour,
                NetworkHash: byKey ? null : network.Hash(context)),
            byKey ? SignUpProof.Key : SignUpProof.Solved(fields.Check, fields.AnswerText, network.Budget(context)), context.RequestAborted);
        if (admission.Outcome == AdmitOutcome.TooMany)
        {
            SignUpEndpoints.SetRetryAfter(context, admission);
        }

        await (admission.Outcome switch
        {
            AdmitOutcome.Accepted => AcceptedAsync(context),
            AdmitOutcome.NotAnAddress => InvalidAsync(context, "That is not an e-mail address.", "email: not an address"),
            AdmitOutcome.WrongAnswer => InvalidAsync(context, "That is not the sum.", "answer: not the sum"),
            AdmitOutcome.NoCheck => InvalidAsync(
                context, "An answered question is needed.", "check: missing or too old", "GET /signup.json returns a new one."),
            AdmitOutcome.Used => InvalidAsync(
                context, "This question was used for another address.", "check: used", "GET /signup.json returns a new one."),
            AdmitOutcome.TooFast => InvalidAsync(
                context, "The answer came too quickly.", "check: answered too quickly", "Send the same answer again in a few seconds."),
            AdmitOutcome.TooMany => Problem.WriteAsync(
                context, StatusCodes.Status429TooManyRequests, "Too many sign-ups.", "Retry-After is the number of seconds to wait."),
            _ => throw new InvalidOperationException("Unknown outcome."),
        });
    }

    private static Task InvalidAsync(HttpContext context, string title, string fault, string? detail = null) =>
        Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, title, detail, [fault]);

    private static Task AcceptedAsync(HttpContext context) =>
        Problem.WriteJsonAsync(context, StatusCodes.Status202Accepted, new { status = "accepted" });

    private static SignUpFields? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<SignUpFields>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // The caller answers, without the exception's text: it may quote the body.
            return null;
        }
    }

    /// <summary>The body. A zone, hour or language that does not exist counts as missing.</summary>
    private sealed record SignUpFields(
        string? Email, string? Check, JsonElement Answer, string? Zone, int? Hour, string? Language, string? Website)
    {
        /// <summary>The answer, sent as a JSON number or string.</summary>
        public string? AnswerText =>
            Answer.ValueKind is JsonValueKind.Number or JsonValueKind.String ? Answer.GetRawText().Trim('"') : null;
    }
}
