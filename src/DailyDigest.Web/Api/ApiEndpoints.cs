using System.Text.Json;
using DailyDigest.Content;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The API for a publisher's own system. It needs a key. Requests and answers are JSON, errors are problem details.</summary>
internal sealed class ApiEndpoints(AcceptStory stories, AcceptSignals signals)
{
    /// <summary>POST /api/stories: 200 with the story's id. It is idempotent.</summary>
    public async Task StoryAsync(HttpContext context)
    {
        if (await ReadAsync<StoryInput>(context) is not { } input)
        {
            return;
        }

        await (await stories.ExecuteAsync(input, context.RequestAborted) switch
        {
            AcceptStoryOutcome.Accepted accepted => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { id = accepted.Id }),
            AcceptStoryOutcome.Refused refused => RefusedAsync(context, refused.Faults),
            _ => throw new InvalidOperationException("Unknown outcome."),
        });
    }

    /// <summary>POST /api/stories/{id}/signals: 200, or 404 if there is no such story.</summary>
    public async Task SignalsAsync(HttpContext context)
    {
        if (await ReadAsync<SignalsInput>(context) is not { } input)
        {
            return;
        }

        var id = context.GetRouteValue("id") as string ?? "";
        await (await signals.ExecuteAsync(id, input, context.RequestAborted) switch
        {
            AcceptSignalsOutcome.Updated => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { id }),
            AcceptSignalsOutcome.NotFound => Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such story."),
            AcceptSignalsOutcome.Refused refused => RefusedAsync(context, refused.Faults),
            _ => throw new InvalidOperationException("Unknown outcome."),
        });
    }

    /// <summary>Every other address below /api.</summary>
    public static Task NotFoundAsync(HttpContext context) =>
        Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is nothing at this address.");

    private static Task RefusedAsync(HttpContext context, IReadOnlyList<string> faults) =>
        Problem.WriteAsync(
            context, StatusCodes.Status400BadRequest, "Nothing was stored.", "Each error begins with the name of a field.", faults);

    private static async Task<T?> ReadAsync<T>(HttpContext context) where T : class
    {
        if (await RequestBody.JsonAsync(context) is not { } body)
        {
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize<T>(body, JsonSerializerOptions.Web) is { } input)
            {
                return input;
            }
        }
        catch (JsonException)
        {
            // Answered below, without the exception's text: it may quote the body.
        }

        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body must be a JSON object of the documented shape.");
        return null;
    }
}
