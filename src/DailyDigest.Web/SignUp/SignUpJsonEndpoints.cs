using System.Text.Json;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// /signup.json: GET brings a question, POST signs up who answers it, or who brings one of <c>Api__Keys</c>. Says no more than the page does. A browser may
/// call it from the origins configured (Fetch standard, CORS); with credentials never, and no key is let through a browser.
/// </summary>
internal sealed class SignUpJsonEndpoints(
    AdmitSignUp admit, HumanCheck check, ClientNetwork network, PageRenderer pages, ApiKeyGate gate, SignUpOptions options, Publication publication)
{
    /// <summary>Where it answers.</summary>
    public const string Path = "/signup.json";

    private readonly string own = Uri.TryCreate(publication.BaseUrl, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Authority) : "";

    /// <summary>GET, HEAD, POST and OPTIONS.</summary>
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
        else if (origin.Length > 0 && origin != own)
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "This origin is not one of SignUp__Origins.");
            return;
        }

        await (request.Method switch
        {
            "OPTIONS" => PreflightAsync(context),
            "POST" => PostAsync(context),
            _ => AskAsync(context),
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

    private Task AskAsync(HttpContext context)
    {
        var (view, question) = (pages.View(context), check.Create());
        return Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new
        {
            check = question.Token,
            text = view.Texts["SignUp.Sum", view.Texts["Number." + question.First], view.Texts["Number." + question.Second]],
            sum = $"{question.First} + {question.Second} =",
            language = view.Language,
            consent = view.Texts["Consent", publication.Name],
            expiresInSeconds = (int)HumanCheck.Life.TotalSeconds,
        });
    }

    private async Task PostAsync(HttpContext context)
    {
        var byKey = ApiKeyGate.Brings(context.Request);
        if (byKey && !await gate.OpensAsync(context))
        {
            return;
        }

        // A form of another site's can send everything but this type without asking first.
        if (context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            await Problem.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The body must be application/json.");
            return;
        }

        if (Read(await RequestBody.BytesAsync(context.Request)) is not { } fields)
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
            new SignUpRequest(fields.Email, "json", fields.Language ?? pages.View(context).Language, fields.Zone, fields.Hour, NetworkHash: byKey ? null : network.Hash(context)),
            byKey ? SignUpProof.Key : SignUpProof.Solved(fields.Check, fields.AnswerText, network.Budget(context)), context.RequestAborted);
        if (admission.Outcome == AdmitOutcome.TooMany)
        {
            SignUpEndpoints.SayWhen(context, admission);
        }

        await (admission.Outcome switch
        {
            AdmitOutcome.Accepted => AcceptedAsync(context),
            AdmitOutcome.NotAnAddress => Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "That is not an e-mail address.", faults: ["email: not an address"]),
            AdmitOutcome.WrongAnswer => Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "That is not the sum.", faults: ["answer: another number than the sum"]),
            AdmitOutcome.NoCheck => Problem.WriteAsync(
                context, StatusCodes.Status422UnprocessableEntity, "An answered question is needed.", "GET /signup.json brings a fresh one.", ["check: missing, too old, used, or answered too quickly"]),
            AdmitOutcome.TooMany => Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many sign-ups.", "Retry-After says when to try again."),
            _ => throw new InvalidOperationException("There is no other outcome."),
        });
    }

    private static Task AcceptedAsync(HttpContext context) => Problem.WriteJsonAsync(context, StatusCodes.Status202Accepted, new { status = "accepted" });

    private static SignUpFields? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<SignUpFields>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // Said by the caller: what was wrong with it may quote it.
            return null;
        }
    }

    /// <summary>The body. A zone, hour or language that does not exist is as if it were not there.</summary>
    private sealed record SignUpFields(string? Email, string? Check, JsonElement Answer, string? Zone, int? Hour, string? Language, string? Website)
    {
        /// <summary>A number may be written as one.</summary>
        public string? AnswerText => Answer.ValueKind is JsonValueKind.Number or JsonValueKind.String ? Answer.GetRawText().Trim('"') : null;
    }
}
