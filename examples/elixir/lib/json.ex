defmodule FaceWorker.Json do
  @moduledoc "JSON with what is there: Elixir 1.18's own, Jason, or jiffy (Debian's erlang-jiffy)."

  def encode(term) do
    cond do
      Code.ensure_loaded?(JSON) -> apply(JSON, :encode_to_iodata!, [term])
      Code.ensure_loaded?(Jason) -> apply(Jason, :encode_to_iodata!, [term])
      true -> apply(:jiffy, :encode, [term, [:use_nil]])
    end
  end

  @doc "Raises when the bytes are no JSON."
  def decode!(bytes) do
    cond do
      Code.ensure_loaded?(JSON) -> apply(JSON, :decode!, [bytes])
      Code.ensure_loaded?(Jason) -> apply(Jason, :decode!, [bytes])
      true -> apply(:jiffy, :decode, [bytes, [:return_maps, :use_nil]])
    end
  end
end
