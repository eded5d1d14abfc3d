using System.Text.Json;
using DailyDigest.Returns;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Receives late reports of relays: POST /api/outcomes. It needs a key.</summary>
internal sealed class OutcomeEndpoints(AcceptOutcome accept)
{
    private const int MaxItems = 500;
    private const int MaxBytes = 1 << 20;
    private const int MaxConcurrent = 8;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Web) { AllowDuplicateProperties = false };

    /// <summary>
    /// POST /api/outcomes: an array of at most 500 reports; 200 with an answer for each, in order. It is idempotent: a batch that failed
    /// halfway can be sent again as a whole.
    /// </summary>
    public async Task PostAsync(HttpContext context)
    {
        if (await RequestBody.JsonAsync(context, MaxBytes) is not { } body)
        {
            return;
        }

        if (Read(body) is not { } items)
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status400BadRequest, $"The body must be a JSON array of at most {MaxItems} reports.");
            return;
        }

        var answers = new object[items.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, items.Count),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = context.RequestAborted },
            async (index, cancellationToken) => answers[index] = await AnswerAsync(items[index], cancellationToken));
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { results = answers });
    }

    private async Task<object> AnswerAsync(OutcomeInput? item, CancellationToken cancellationToken)
    {
        if (item is null)
        {
            return new { result = "bad", errors = new[] { "a JSON object of the documented shape" } };
        }

        var (result, faults) = await accept.ExecuteAsync(item, cancellationToken);
        return result switch
        {
            AcceptOutcomeResult.Recorded => new { result = "recorded" },
            AcceptOutcomeResult.AlreadyRecorded => new { result = "already-recorded" },
            AcceptOutcomeResult.UnknownDelivery => new { result = "unknown-delivery" },
            AcceptOutcomeResult.NotSettled => new { result = "not-settled" },
            _ => new { result = "bad", errors = faults },
        };
    }

    /// <summary>
    /// Returns null unless the body is an array within the limit. An item that is no report is null, and the others are still read.
    /// </summary>
    private static IReadOnlyList<OutcomeInput?>? Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Array && json.RootElement.GetArrayLength() <= MaxItems
                ? [.. json.RootElement.EnumerateArray().Select(Item)]
                : null;
        }
        catch (JsonException)
        {
            // The exception's text may quote the body.
            return null;
        }
    }

    private static OutcomeInput? Item(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object ? item.Deserialize<OutcomeInput>(Strict) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
