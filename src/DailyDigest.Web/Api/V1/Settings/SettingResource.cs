using System.ComponentModel;
using DailyDigest.Accounts;
using DailyDigest.Settings;

namespace DailyDigest.Web;

[Description("A setting.")]
internal sealed record ApiSetting(
    [property: Description("Its name, such as Mail__Host.")] string Name,
    [property: Description("Its value; left out for a secret, and for nothing.")] string? Value,
    [property: Description("True if the value is hidden.")] bool IsSecret,
    [property: Description("The place where it was set.")] SettingOrigin Origin,
    [property: Description("False if no part of the program reads it.")] bool IsKnown);

/// <summary>The settings, with secrets hidden.</summary>
internal sealed class SettingResource(ListSettings list)
{
    public void Map(ApiRoutes routes) => routes.Get("/settings", Permission.SeeSettings, "listSettings", ListAsync)
        .Says("Lists the settings with the place where each was set.", "Settings are configuration, so they cannot be changed here.");

    private Task<ApiAnswer<ApiPage<ApiSetting>>> ListAsync(ApiRequest request) =>
        Task.FromResult<ApiAnswer<ApiPage<ApiSetting>>>(request.Page(
            list.Execute().Select(one => new ApiSetting(one.Name, one.Value, one.IsSecret, one.Origin, one.IsKnown)), null));
}
